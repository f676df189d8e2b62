/** The page in real Chromium, served as it is on every machine, before an API that answers from a table. */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { openSite } from '../../local/site.ts'
import { buildPage } from '../../web/build.ts'
import type { Answers } from './plant.ts'

const paths = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(
  (name) => `/usr/bin/${name}`,
)
const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const chromiumPath = [...paths, mac].find(existsSync)
/** In CI it must be there. */
export const noChromium = chromiumPath === undefined && process.env['CI'] !== 'true'

const flags = '--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update'

export async function openBrowser(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const path = chromiumPath === undefined ? {} : { executablePath: chromiumPath }
  return chromium.launch({ ...path, args: [...flags.split(' '), ...sandbox] })
}

/** Serves the page; `answers` may be exchanged while it is open. */
export async function openStage(first: Answers) {
  const world: { answers: Answers; asked: string[] } = { answers: first, asked: [] }
  const site = await openSite({
    port: 0,
    page: await buildPage(),
    session: (hasToken) => ({ mode: 'local', mayRead: true, mayAct: hasToken }),
    answer: async ({ path, query }) => {
      world.asked.push(query === '' ? path : `${path}?${query}`)
      const answer = world.answers[path]
      const body = answer ?? { type: 'about:blank', title: 'Not found', status: 404, detail: `there is no ${path}` }
      const headers = { 'content-type': 'application/json' }
      return Promise.resolve({
        status: answer === undefined ? 404 : 200,
        headers,
        body: Buffer.from(JSON.stringify(body)),
      })
    },
  })
  return { ...site, world, origin: `http://127.0.0.1:${site.port}` }
}

/** What a page must never do: ask elsewhere, break its policy, throw. */
export function faultsOf(page: Page, origin: string): string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`threw ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy|trusted/i.test(message.text())) faults.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) faults.push(`asked ${request.url()}`)
  })
  page.on('dialog', (dialog) => faults.push(`said ${dialog.message()}`))
  return faults
}
