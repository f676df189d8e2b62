import { expect, test } from 'vitest'
import { type Evidence, judge, type Verdict } from './verdict.ts'
import { readWitness } from './witness.ts'

const atMs = Date.parse('2026-11-22T10:00:00Z')
const published = ['one', 'two', 'two', 'three'].map((key, n) => ({ key, stampMs: atMs + n * 1000, line: key }))
const all = published.map(({ key }) => key)
const from = (second: number, until: number) => ({ fromMs: atMs + second * 1000, untilMs: atMs + until * 1000 })
const evidence: Evidence = {
  published,
  stored: all,
  concluded: [],
  sessions: [],
  gaps: [],
  watchers: ['a', 'b'],
  deaths: [],
  disturbances: [],
  span: from(0, 10),
}
/** What is told of the loss of `one`, the first line. */
const lossOfFirst = (known: Partial<Evidence>) => {
  const { unexplained, inGaps, withBroker } = judge({ ...evidence, stored: ['two', 'two', 'three'], ...known })
  return { unexplained: unexplained.length, inGaps, withBroker }
}
const unexplained = { unexplained: 1, inGaps: 0, withBroker: 0 }

test('all stored once leaves nothing to explain', () => {
  const clean = { duplicates: 0, invented: 0, inGaps: 0, withBroker: 0, indistinguishable: 0, unexplained: [] }
  expect(judge(evidence)).toMatchObject({ published: 4, stored: 4, ...clean })
})

test('what is stored too often, and what nobody published, is counted', () => {
  expect(judge({ ...evidence, stored: [...all, 'one', 'two', 'four'] })).toMatchObject({ duplicates: 2, invented: 1 })
})

test('a loss is explained by a gap only where every watcher has one', () => {
  const gap = (watcher: string, second: number) => ({ watcher, ...from(second, second + 1) })
  expect(lossOfFirst({ gaps: [gap('a', 0), gap('b', 0)] })).toEqual({ unexplained: 0, inGaps: 1, withBroker: 0 })
  expect(lossOfFirst({ gaps: [gap('a', 0), gap('b', 2)] })).toEqual(unexplained)
  expect(lossOfFirst({ gaps: [gap('a', 0), gap('a', 0)] })).toEqual(unexplained)
})

test('what a killed broker had not saved is told apart, and must lie in a gap all the same', () => {
  const deaths = [{ savedAtMs: atMs - 1000, startedAtMs: atMs + 5000 }]
  const gap = (watcher: string) => ({ watcher, ...from(0, 5) })
  expect(lossOfFirst({ deaths, gaps: [gap('a'), gap('b')] })).toEqual({ unexplained: 0, inGaps: 0, withBroker: 1 })
  expect(lossOfFirst({ deaths, gaps: [gap('a')] })).toEqual(unexplained)
  expect(lossOfFirst({ deaths })).toEqual(unexplained)
})

test('one of equal lines may be missing after a disturbance, but not both, and not in calm', () => {
  const disturbances = [{ target: 'a', ...from(0, 1) }]
  const stored = ['one', 'two', 'three']
  expect(judge({ ...evidence, stored, disturbances })).toMatchObject({ indistinguishable: 1, unexplained: [] })
  expect(judge({ ...evidence, stored }).unexplained).toHaveLength(1)
  expect(judge({ ...evidence, stored: ['one', 'three'], disturbances }).unexplained).toHaveLength(2)
})

test('each session has one end: concluded only where the broker told none, or none of it was seen', () => {
  const session = (clientId: string, end?: string) => ({
    clientId,
    beganMs: atMs,
    beginning: `${clientId} began`,
    ...(end === undefined ? {} : { end }),
  })
  const sessions = [
    session('told', 'told ended'),
    session('lost', 'lost ended'),
    session('untold'),
    session('forgotten'),
  ]
  const stored = [...sessions.map(({ beginning }) => beginning), 'told ended']
  const ends = ({ untoldEnds, endless, falseEnds }: Verdict) => ({ untoldEnds, endless: endless.length, falseEnds })
  const known = { ...evidence, published: [], stored, sessions }
  const concluded = ['lost', 'untold'].map((clientId) => ({ clientId, beganMs: atMs, atMs }))
  expect(ends(judge({ ...known, concluded }))).toEqual({ untoldEnds: 2, endless: 1, falseEnds: [] })
  const wrong = [
    { clientId: 'told', beganMs: atMs, atMs },
    { clientId: 'untold', beganMs: atMs, atMs },
    { clientId: 'nobody', beganMs: atMs, atMs },
  ]
  expect(judge({ ...known, concluded: [...concluded, ...wrong] }).falseEnds).toEqual(wrong)
})

test('the witness reads events, sessions and deaths from the broker’s log', () => {
  const second = atMs / 1000
  const {
    published: read,
    sessions,
    ...witness
  } = readWitness(
    [
      `${second}: mosquitto version 2.0.11 starting`,
      `${second}: New connection from 127.0.0.1:4001 on port 1883.`,
      `${second}: New client connected from 127.0.0.1:4001 as pump (p2, c1, k60).`,
      `${second + 1}: New client connected from 127.0.0.1:4002 as fan (p2, c1, k60).`,
      `${second + 1}: Client pump already connected, closing old connection.`,
      `${second + 2}: Saving in-memory database to mosquitto.db.`,
      `${second + 3}: mosquitto version 2.0.11 starting`,
      `${second + 4}: New client connected from 127.0.0.1:4003 as pump (p2, c1, k60).`,
      `${second + 5}: mosquitto version 2.0.11 terminating`,
      `${second + 5}: Saving in-memory database to mosquitto.db.`,
      `${second + 6}: mosquitto version 2.0.11 starting`,
      '',
    ].join('\n'),
  )
  expect(read.map(({ key }) => key.split(' ').slice(1, 3).join(' '))).toEqual([
    'connected pump',
    'connected fan',
    'disconnected pump',
    'connected pump',
  ])
  const ends = sessions.map(({ clientId, beganMs, end }) => [clientId, (beganMs - atMs) / 1000, end?.slice(0, 19)])
  expect(ends).toEqual([
    ['pump', 0, '2026-11-22T10:00:01'],
    ['fan', 1, undefined],
    ['pump', 4, undefined],
  ])
  expect(witness).toEqual({
    deaths: [{ savedAtMs: atMs + 2000, startedAtMs: atMs + 3000 }],
    connections: new Set(['pump 4001', 'fan 4002', 'pump 4003']),
  })
})
