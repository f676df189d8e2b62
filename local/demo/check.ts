/** Runs the demonstration once and says whether its alerts are those that the story expects: `node local/demo/check.ts [minutes]`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { repeatSeconds, story } from './story.ts'

// Of its calm chapter it watches so many minutes; all of it unless told otherwise.
const calmFromSeconds = story.at(-1)?.atSeconds ?? 0
const calmMinutes = Number(process.argv[2] ?? (repeatSeconds - calmFromSeconds) / 60)
/** What happened last is judged so much later. */
const judgedAfterSeconds = 150

interface AlertLine {
  readonly kind: string
  readonly broker?: string
  readonly clientId?: string
  readonly openedAt: string
  readonly status: string
  readonly summary: string
}

const data = mkdtempSync(join(tmpdir(), 'keepwatch-story-'))
const system = spawn(process.execPath, ['local/main.ts', '--port', '0', '--data', data], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
let output = ''
system.stdout.setEncoding('utf8').on('data', (text: string) => {
  output += text
  process.stdout.write(text)
})
const ended = once(system, 'exit')
while (!output.includes('/v1/alerts')) await Promise.race([pause(200), ended.then(() => process.exit(2))])
const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? ''
const begunMs = Date.now()
await Promise.race([pause((calmFromSeconds + calmMinutes * 60 + judgedAfterSeconds) * 1000), ended])

const answer: { readonly alerts: readonly AlertLine[] } = JSON.parse(await (await fetch(`${url}/v1/alerts`)).text())
system.kill('SIGINT')
await ended
rmSync(data, { recursive: true, force: true })

const alerts = answer.alerts.toSorted((a, b) => (a.openedAt < b.openedAt ? -1 : 1))
process.stdout.write(`\n${alerts.length} alerts:\n`)
for (const { kind, broker, clientId, openedAt, status, summary } of alerts) {
  const seconds = Math.round((Date.parse(openedAt) - begunMs) / 1000)
  process.stdout.write(`${seconds} s  ${kind} ${broker ?? clientId ?? 'cluster'} (${status}): ${summary}\n`)
}
const expected = story.flatMap(({ expects = [] }) => expects).toSorted()
const told = alerts.map(({ kind }) => kind).toSorted()
const isAsTold = expected.join() === told.join()
process.stdout.write(isAsTold ? 'Each expected kind once, and nothing else.\n' : `Expected: ${expected.join(', ')}\n`)
process.exitCode = isAsTold ? 0 : 1
