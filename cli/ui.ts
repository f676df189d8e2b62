/** `keepwatch ui`: the page on this machine, for a system that is elsewhere. */
import { once } from 'node:events'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod/mini'
import { type Announced, readAnnounced } from '../local/announced.ts'
import { StartError } from '../local/lifecycle.ts'
import { readPage } from '../local/page-files.ts'
import { linkOf, type Site } from '../local/site.ts'
import { defineCommand } from './command.ts'
import { exitCodes, Failure, WrongLine } from './fault.ts'
import { onInterrupt } from './interrupt.ts'
import { targetOptions } from './option-sets.ts'
import { type Target, targetOf } from './target.ts'
import type { Terminal } from './terminal.ts'
import { openInBrowser } from './ui/browser.ts'
import { forwardTo } from './ui/forward.ts'
import { openUi } from './ui/server.ts'

const patienceMs = 3000

export const ui = defineCommand({
  name: 'ui',
  summary: 'opens the page of a system: what is wrong, since when, and why',
  about: [
    'Serves the page on 127.0.0.1 and passes on what it asks, signed with your AWS credentials; only the printed link lets anybody in. Ctrl-C ends it.',
    'A system that runs on this machine serves the page itself: without --stack or --url its link is printed.',
  ],
  examples: [
    ['ui --stack keepwatch', 'the page of a deployed system'],
    ['ui', 'the link to the system that was started in this folder'],
  ],
  options: {
    ...targetOptions,
    port: { type: 'string', summary: 'port of the page on 127.0.0.1', placeholder: 'N', default: '4681' },
    open: { type: 'boolean', summary: 'opens the browser too' },
  },
  run: async ({ options }, terminal) => {
    const port = Number(options.port)
    if (!/^\d{1,5}$/.test(options.port) || port > 65_535) throw new WrongLine('--port needs a number from 0 to 65535')
    const named = options.url ?? options.stack ?? process.env['KEEPWATCH_URL']
    const open = options.open ? openInBrowser : undefined
    if (named === undefined) return showLocal({ folder: process.cwd(), open }, terminal)
    const target = await targetOf(options)
    const site = await serve(target, port)
    const link = linkOf({ url: `http://127.0.0.1:${site.port}`, token: site.token })
    terminal.out(`The page of ${options.stack ?? target.url}. Ctrl-C ends it.\n\n  Open ${link}\n\n`)
    const close = open?.(link)
    await untilInterrupted()
    close?.()
    await site.stop()
    return exitCodes.answered
  },
})

async function serve(target: Target, port: number): Promise<Site> {
  const { url: baseUrl, sign, token } = target
  const bearer: Readonly<Record<string, string>> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const forward = forwardTo({
    baseUrl,
    authorize: async (request) => (sign === undefined ? bearer : sign(request)),
    whenRefused:
      sign === undefined
        ? 'The system asks for its token: start keepwatch ui in its folder, or name --token-file.'
        : 'The API refuses your AWS credentials: they need execute-api:Invoke on it. Start keepwatch ui with another --profile.',
  })
  try {
    return await openUi({ port, page: await readPage(), forward })
  } catch (error) {
    throw error instanceof StartError ? new Failure(error.message, { cause: error }) : error
  }
}

interface Shown {
  readonly folder: string
  readonly open: typeof openInBrowser | undefined
}

/** Prints the link of the system that runs in this folder. */
async function showLocal({ folder, open }: Shown, { out }: Terminal): Promise<number> {
  const announced = readAnnounced(folder)
  if (announced.kind === 'refused') throw new Failure(announced.message)
  if (announced.kind === 'none' || !(await isThere(announced))) {
    throw new Failure(
      'No system runs in this folder. keepwatch start starts one and serves the page; --stack NAME shows a deployed one, --url URL any other.',
    )
  }
  const link = linkOf(announced)
  out(`The system that runs in this folder serves its page itself.\n\n  Open ${link}\n\n`)
  const close = open?.(link)
  if (close !== undefined) {
    await sleep(patienceMs)
    close()
  }
  return exitCodes.answered
}

const SessionSchema = z.object({ mayAct: z.literal(true) })

/** Does the system that announced itself still run there, and not another? */
async function isThere({ url, token }: Announced): Promise<boolean> {
  try {
    const headers = { authorization: `Bearer ${token}` }
    const signal = AbortSignal.timeout(patienceMs)
    const answer = await fetch(`${url}/session`, { headers, signal, redirect: 'manual' })
    return SessionSchema.safeParse(await answer.json()).success
  } catch {
    return false
  }
}

async function untilInterrupted(): Promise<void> {
  using interrupt = onInterrupt()
  await once(interrupt.signal, 'abort')
}
