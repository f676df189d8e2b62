import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createCleanup, freePort, removeFolder, until } from '../watcher/stage.ts'
import { type Command, command, commandLine, isAlive } from './command.ts'

const cleanup = createCleanup()
afterAll(async () => cleanup.run(), 60_000)

const data = mkdtempSync(join(tmpdir(), 'keepwatch-test-'))
cleanup.defer(() => removeFolder(data))

async function start(port: number): Promise<Command> {
  const started = command(`npm start -- --port ${port} --data ${data}`)
  cleanup.defer(() => started.processes().forEach((pid) => isAlive(pid) && process.kill(pid, 'SIGKILL')))
  await started.says('Ready in', 120_000)
  return started
}

/** The process that runs the system, below npm and its shell. */
function nodeOf(pids: readonly number[]): number {
  const found = pids.find((pid) => /^\S*node\s+local\/main\.ts/.test(commandLine(pid)))
  if (found === undefined) throw new Error(`none of ${pids.map(commandLine).join(', ')} runs local/main.ts`)
  return found
}

async function get(url: string): Promise<any> {
  const answer = await fetch(url)
  expect(answer.status, url).toBe(200)
  return answer.json()
}

/** One story, told in order; each part stands on the one before. */
describe('npm start', () => {
  let running: Command
  let port: number
  const url = (path: string) => `http://127.0.0.1:${port}${path}`

  it('is ready, prints three curl lines, and they answer', async () => {
    port = await freePort()
    running = await start(port)
    await running.says(/curl '[^']*clientId=/, 20_000)
    const lines = [...running.output().matchAll(/curl '([^']+)'/g)].map((match) => match[1] ?? '')
    expect(lines).toHaveLength(3)
    for (const line of lines) await get(line)
  }, 150_000)

  it('within four minutes the first alerts stand, in the terminal and at the API', async () => {
    await running.says(/ALERT \w+: clients dropping on/, 240_000)
    await running.says(/ALERT \w+: clients flapping on/, 240_000)
    const { alerts } = await get(url('/v1/alerts'))
    const kinds = new Set<string>(alerts.map((alert: any) => alert.kind))
    expect(kinds).toEqual(new Set([...kinds, 'disconnect_rate', 'flapping']))
    // The others come later; a long check holds the whole story against what it expects: local/demo/check.ts.
    const early = new Set(['disconnect_rate', 'flapping', 'watcher_blind', 'client_offline'])
    expect([...kinds].filter((kind) => !early.has(kind))).toEqual([])
    const flapping = alerts.find((alert: any) => alert.kind === 'flapping')
    expect(flapping.topClients.map((client: any) => client.clientId)).toEqual(['truck-12'])
    const { gaps } = await get(url('/v1/coverage'))
    expect(gaps.some((gap: any) => gap.feed === 'demo-3' && /network_eof|ECONNREFUSED|reset/i.test(gap.reason))).toBe(
      true,
    )
    const { brokers } = await get(url('/v1/brokers'))
    expect(brokers.map((broker: any) => broker.broker)).toEqual(['demo-1', 'demo-2', 'demo-3'])
  }, 300_000)

  it('keepwatch explain says why the connections of truck-12 end, and every alert says why', async () => {
    await until(
      'what the truck says of itself',
      async () => {
        const { diagnosis } = await get(url('/v1/clients?clientId=truck-12'))
        return diagnosis[0]?.name === 'closed_by_application'
      },
      60_000,
    )
    const explain = command(`npm run keepwatch -- explain truck-12 --url ${url('')}`)
    expect([await explain.exited, explain.output()]).toEqual([0, expect.stringContaining('What to do:')])
    const { alerts } = await get(url('/v1/alerts'))
    const silent = alerts.filter((alert: any) => alert.kind !== 'watcher_blind' && alert.diagnosis === undefined)
    expect(silent.map((alert: any) => alert.id)).toEqual([])
  }, 120_000)

  it('the other questions of the README are answered in its terminal, and the page is served', async () => {
    for (const [line, told, exitCodes] of [
      ['brokers', 'demo-2', [0]],
      ['alerts', 'flapping', [0]],
      ['events truck-12', 'network_eof', [0]],
      // At this point of the story nobody may be watching demo-3: then there is nothing to tell it from.
      ['balance', 'demo-3', [0, 3]],
    ] as const) {
      const asked = command(`npm run keepwatch -- ${line} --url ${url('')}`)
      expect(exitCodes, line).toContain(await asked.exited)
      expect(asked.output()).toContain(told)
    }
    expect(running.output()).toMatch(/Open http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{20,}/)
    const page = await fetch(url('/alerts'))
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining("'self'")])
  }, 120_000)

  it('kill -9 leaves nothing running; a new start keeps the record and shows the gap', async () => {
    const before = await get(url('/v1/alerts'))
    const history = await get(url('/v1/clients/events?clientId=north-002'))
    const all = running.processes()
    process.kill(nodeOf(all), 'SIGKILL')
    await until('everything to end', () => !all.some(isAlive), 30_000)

    running = await start(port)
    await until(
      'the watcher to tell of itself again',
      async () => {
        const { gaps } = await get(url('/v1/coverage'))
        return gaps.some((gap: any) => gap.reason.includes('killed'))
      },
      60_000,
    )
    const after = await get(url('/v1/alerts'))
    const ids = after.alerts.map((alert: any) => alert.id)
    for (const { id } of before.alerts) expect(ids).toContain(id)
    const again = await get(url('/v1/clients/events?clientId=north-002'))
    const eventIds = again.events.map((event: any) => event.id)
    for (const { id } of history.events) expect(eventIds).toContain(id)
  }, 240_000)

  it('a second start on the same data or port is refused in a line, and the first goes on', async () => {
    const other = command(`npm start -- --port ${await freePort()} --data ${data}`)
    expect(await other.exited).not.toBe(0)
    const samePort = command(`npm start -- --port ${port} --data ${data}-other`)
    expect(await samePort.exited).not.toBe(0)
    expect(samePort.output()).toContain(String(port))
    expect(samePort.output()).not.toMatch(/\n\s+at /)
    expect(other.output()).not.toMatch(/\n\s+at /)
    await get(url('/v1/health'))
  }, 120_000)

  it('Ctrl-C leaves nothing running', async () => {
    const all = running.processes()
    process.kill(nodeOf(all), 'SIGINT')
    await until('everything to end', () => !all.some(isAlive), 60_000)
    await expect(fetch(url('/v1/health'))).rejects.toThrow('fetch failed')
  }, 90_000)
})
