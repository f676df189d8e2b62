/** The whole system with a record in it, and pages of it in real Chromium that report what no page may do. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core'
import { minuteMs, secondMs, startOfMinute } from '../../../domain/time.ts'
import { readPage } from '../../../local/page-files.ts'
import { linkOf } from '../../../local/site.ts'
import { startSystem, type System } from '../../../local/system.ts'
import type { TestTables } from '../../tables.ts'
import { removeFolder } from '../../watcher/stage.ts'
import { configuration, settingsOf, writeRecord } from './record.ts'

export interface Stage {
  readonly system: System
  readonly tables: TestTables
  /** The printed link, with the token. */
  readonly link: string
  /** The record ends here. */
  readonly endMs: number
  readonly stop: () => Promise<void>
}

/** Starts the system as `npm start` does, but for its watcher, and writes the record by the clients of its administrator. */
export async function openRecordedStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-test-'))
  const settingsFile = join(folder, 'keepwatch.json')
  writeFileSync(settingsFile, JSON.stringify(configuration))
  const system = await startSystem({
    settingsFile,
    dataFolder: join(folder, 'data'),
    port: 0,
    page: await readPage(),
    watch: false,
    firstScheduleAfterMs: 3_600_000,
  })
  const named = (part: RegExp) => {
    const found = system.plan.tables.find(({ name }) => part.test(name))
    if (found === undefined) throw new Error(`no table like ${part}`)
    return { client: system.administrator.dynamodb, table: found.name }
  }
  const tables = {
    events: named(/events/i),
    samples: named(/samples/i),
    minutes: named(/minutes/i),
    state: named(/state/i),
    alerts: named(/alerts/i),
  }
  const endMs = startOfMinute(Date.now() - 5 * secondMs)
  // No watcher runs: the one of plant is taken to go on seeing, while the tests look.
  await writeRecord(tables, settingsOf(), { endMs, seenUntilMs: endMs + 20 * minuteMs })
  return {
    system,
    tables,
    link: linkOf(system),
    endMs,
    stop: async () => {
      await system.stop()
      removeFolder(folder)
    },
  }
}

export interface Opened {
  readonly page: Page
  /** What it did that no page may do. */
  readonly faults: readonly string[]
  readonly close: () => Promise<void>
}

/** Anything that markup from outside would run, in place of what harms. */
const watching = `
  globalThis.hurt = (what) => console.error('HURT ' + what)
  addEventListener('securitypolicyviolation', (event) =>
    console.error('VIOLATION ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))
`

/** What each page asked and was not answered yet. */
const pending = new WeakMap<Page, Set<Request>>()

/** A page at an address of this origin, in a browser of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const faults: string[] = []
  const { origin } = new URL(url)
  page.on('pageerror', (error) => faults.push(`threw ${error.message}`))
  page.on('console', (message) => {
    // What the server refuses, Chromium says there too; tests that bring it about look at the page.
    const isAnswer = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isAnswer) faults.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) faults.push(`asked ${request.url()}`)
  })
  const asked = new Set<Request>()
  pending.set(page, asked)
  page.on('request', (request) => asked.add(request))
  page.on('requestfinished', (request) => asked.delete(request))
  page.on('requestfailed', (request) => asked.delete(request))
  page.on('dialog', (dialog) => {
    faults.push(`said ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('popup', (popup) => faults.push(`opened ${popup.url()}`))
  await page.addInitScript(watching)
  await page.goto(url)
  return { page, faults, close: async () => context.close() }
}

/** So long nothing is asked: what one answer leads to is asked sooner. */
const quietMs = 200

/** Waits until everything that was asked is answered and drawn. Of pages that were opened here. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  const asked = pending.get(page) ?? new Set()
  const isBusy = async () => asked.size > 0 || (await page.locator('.loading').count()) > 0
  for (let quietSince = performance.now(); performance.now() - quietSince < quietMs; ) {
    if (await isBusy()) quietSince = performance.now()
    await new Promise((done) => setTimeout(done, 20))
  }
}

/** What the tests stand on, once it was opened. */
export interface Given {
  readonly browser: Browser
  readonly stage: Stage
  /** A page of the system, by its path or a whole link. */
  readonly open: (path: string, options?: BrowserContextOptions) => Promise<Opened>
  /** What the API answers. */
  readonly get: (path: string) => Promise<any>
  /** Where each page is, by its name. */
  readonly places: () => Promise<Readonly<Record<string, string>>>
}
