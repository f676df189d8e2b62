import { expect, test } from 'vitest'
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import type { Arrival } from '../../watcher/link.ts'
import { createReader } from '../../watcher/reader.ts'

const atMs = Date.parse('2026-11-22T10:00:00Z')
const began = (second: number, port: number) =>
  `${atMs / 1000 + second}: New client connected from 10.0.0.1:${port} as pump (p2, c1, k60).`
const ended = (second: number) => `${atMs / 1000 + second}: Client pump disconnected.`

/** A reader as a feed has it; tells every end that it concluded. */
function startReader() {
  const reader = createReader(mosquitto, { cluster: 'plant', broker: 'node-1', isOwn: () => false })
  const read = (line: string, delivery: Pick<Arrival, 'packetId' | 'duplicate'>, topic = 'N') =>
    reader.read(
      { topic: `$SYS/broker/log/${topic}`, payload: Buffer.from(line), retain: false, ...delivery },
      { receivedAt: atMs, measured: false },
    )
  return { ...reader, read, concludedLater: () => reader.sessions.due(atMs + 60_000) }
}

test('a beginning and an end that are delivered again are the same events, and conclude nothing', () => {
  const { read, relinked, concludedLater, sessions } = startReader()
  const lines = [began(0, 4001), ended(0), began(0, 4002), ended(0), began(0, 4003)]
  const first = lines.map((line, n) => read(line, { packetId: n + 1 }).events)
  relinked()
  const again = lines.map((line, n) => read(line, { packetId: n + 1, duplicate: true }).events)
  expect(again).toEqual(first)
  expect(new Set(first.flat().map(({ type, peer, repeat }) => `${type} ${peer} ${repeat}`)).size).toBe(5)
  expect(concludedLater()).toEqual([])
  expect(sessions.size()).toBe(1)
})

test('a broker’s last line that is delivered again does not end what began since', () => {
  const { read, relinked } = startReader()
  const last = `${atMs / 1000}: mosquitto version 2.0.11 terminating`
  read(began(0, 4001), { packetId: 1 })
  expect(read(last, { packetId: 2 }, 'I').ended).toHaveLength(1)
  relinked()
  read(began(5, 4002), { packetId: 3 })
  expect(read(last, { packetId: 2, duplicate: true }, 'I').ended).toBeUndefined()
})

test('a broker says whether it was stopped before it starts; a word told a second time concludes nothing', () => {
  const { read, relinked } = startReader()
  const word = (second: number, what: string) => `${atMs / 1000 + second}: mosquitto version 2.0.11 ${what}`
  read(began(0, 4001), { packetId: 1 })
  read(word(1, 'terminating'), { packetId: 2 }, 'I')
  relinked()
  read(began(0, 4001), { packetId: 1, duplicate: true })
  expect(read(word(3, 'starting'), { packetId: 3 }, 'I')).toMatchObject({ started: { stopped: true }, ended: [] })
  read(began(4, 4002), { packetId: 4 })
  // It is killed, and sends again what it had saved.
  relinked()
  expect(read(word(3, 'starting'), { packetId: 1 }, 'I')).toEqual({ events: [], samples: [] })
  const killed = read(word(6, 'starting'), { packetId: 2 }, 'I')
  expect(killed.started).toEqual({ atMs: atMs + 6000, stopped: false })
  expect(killed.ended).toMatchObject([{ clientId: 'pump', atMs: atMs + 6000, connectedAtMs: atMs + 4000 }])
})
