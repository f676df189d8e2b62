import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Transport } from '../../domain/client-cause.ts'
import { freePort, makeCertificates, mosquittoFolder, removeFolder } from '../watcher/stage.ts'
import { all, type Kind, serverKinds } from './kinds.ts'
import { ownKinds } from './own-kinds.ts'
import { type Certificates, closeOf, moreCertificates, serve, type Version } from './stage.ts'

const repetitions = 3
const folder = mosquittoFolder()
let certificates: Certificates
/** Kind, then transport and version, to `right/made`. */
const table = new Map<string, Map<string, string>>()

beforeAll(() => {
  makeCertificates(folder)
  certificates = moreCertificates(folder)
})
afterAll(() => {
  removeFolder(folder)
  const columns = all.flatMap((transport) => [`${transport} 3.1.1`, `${transport} 5`])
  const width = Math.max(...[...table.keys()].map((name) => name.length))
  const lines = [...table].map(([name, cells]) =>
    [name.padEnd(width), ...columns.map((column) => (cells.get(column) ?? '').padEnd(column.length))].join('  '),
  )
  console.log(
    ['Closes told rightly, of those that were made:', ['kind'.padEnd(width), ...columns].join('  '), ...lines].join(
      '\n',
    ),
  )
})

async function judge(kind: Kind, transport: Transport, version: Version): Promise<string[]> {
  const server = await serve(kind.server ?? transport, version, certificates, kind.serving(version, certificates))
  const port = kind.isShut ? await freePort() : server.port
  const { host = '127.0.0.1', options, act } = kind
  const closes = await Promise.all(
    Array.from({ length: repetitions }, async () =>
      closeOf({ transport, version, port, host, certificates, options, act }),
    ),
  )
  server.close()
  const told = typeof kind.told === 'function' ? kind.told(transport) : kind.told
  const expected = { code: undefined, ...told }
  const keys = Object.keys(expected) as (keyof typeof expected)[]
  return closes
    .filter((closed) => !closed || keys.some((key) => closed[key] !== expected[key]))
    .map((closed) => {
      const found = JSON.stringify(closed && { ...closed, text: undefined }, keys)
      return `${kind.name} over ${transport}, MQTT ${version}: told ${found}, not ${JSON.stringify(expected)}`
    })
}

async function judgeAll(kinds: readonly Kind[]): Promise<string[]> {
  const cells = kinds.flatMap((kind) =>
    (kind.over ?? all).flatMap((transport) =>
      (kind.versions ?? ([4, 5] as const)).map((version) => ({ kind, transport, version })),
    ),
  )
  const wrong: string[] = []
  const work = async () => {
    for (let cell = cells.shift(); cell; cell = cells.shift()) {
      const found = await judge(cell.kind, cell.transport, cell.version)
      wrong.push(...found)
      const row = table.get(cell.kind.name) ?? new Map<string, string>()
      const column = `${cell.transport} ${cell.version === 4 ? '3.1.1' : '5'}`
      table.set(cell.kind.name, row.set(column, `${repetitions - found.length}/${repetitions}`))
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
  return wrong
}

test('what a server or the network does is told for what it is', async () => {
  expect(await judgeAll(serverKinds)).toEqual([])
}, 120_000)

test('what the application does, broken protocols and TLS are told for what they are', async () => {
  expect(await judgeAll(ownKinds)).toEqual([])
}, 120_000)
