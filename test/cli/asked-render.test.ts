import stringWidth from 'string-width'
import { beforeAll, expect, test } from 'vitest'
import type { Balance, Broker } from '../../api/brokers.ts'
import { nextCommands, renderAlerts, renderStory } from '../../cli/alerts/render.ts'
import { renderBalance } from '../../cli/balance/render.ts'
import { renderBrokers } from '../../cli/brokers/render.ts'
import { renderFound } from '../../cli/clients/render.ts'
import { renderSilences } from '../../cli/silence/render.ts'
import { commandLine } from '../../cli/typed.ts'
import type { Alert } from '../../domain/alert.ts'
import { actsOnTerminal, endless, hostile } from './asked-stage.ts'

beforeAll(() => {
  process.env['TZ'] = 'UTC'
})

const nowMs = Date.parse('2026-11-22T12:00:00Z')
const terminal = { columns: 100, hasColours: false }

const broker = (name: string, changes: Partial<Broker> = {}): Broker => ({
  cluster: 'plant',
  broker: name,
  status: 'watched',
  lastSeen: '2026-11-22T11:59:58.000Z',
  connected: 1000,
  weight: 1,
  share: 0.25,
  expectedShare: 0.25,
  perMinute: { connects: 4, disconnects: 3, abnormal: 0, refused: 0 },
  gauges: {},
  ...changes,
})
const brokers = [
  broker('b1'),
  broker('b2', {
    share: 0.45,
    connected: 1800,
    perMinute: { connects: 90, disconnects: 80, abnormal: 75, refused: 12 },
  }),
  broker('b3', { status: 'blind', problem: 'link lost: ECONNREFUSED', lastSeen: '2026-11-22T11:00:00.000Z' }),
]

test('brokers: those not watched first, then those that drop, each with its share against its fair one', () => {
  const text = renderBrokers(brokers, { sort: 'worst', nowMs, terminal: { columns: 120, hasColours: false } })
  expect(`\n${text}`).toMatchInlineSnapshot(`
    "
    broker  status   clients  share │ fair   share  conn/min  disc/min  abnormal  refused  last seen  problem
    b3      blind       1000  ██████│······  25 %          4         3         0        0  1 h ago    link lost: ECONNREFUS…
    b2      watched     1800  ██████│█████·  45 %         90        80        75       12  2 s ago    –
    b1      watched     1000  ██████│······  25 %          4         3         0        0  2 s ago    –
    "
  `)
})

const balance: Balance = {
  cluster: 'plant',
  dialect: 'emqx',
  minute: '2026-11-22T11:58:00.000Z',
  verdict: 'imbalanced',
  reason: 'b2 has 64 % of the clients and 50 % of the weight.',
  connected: 2800,
  indices: { peakToFair: 1.28, coefficientOfVariation: 0.28, jainIndex: 0.925, misplacedShare: 0.143 },
  brokers: [
    { broker: 'b1', weight: 1, connected: 1000, share: 0.357, fairShare: 0.5, surplus: -400 },
    { broker: 'b2', weight: 1, connected: 1800, share: 0.643, fairShare: 0.5, surplus: 400 },
  ],
  moves: [{ from: 'b2', to: 'b1', clients: 400 }],
  command: { lines: ['emqx ctl rebalance start --nodes emqx@b1,emqx@b2'], note: 'It disconnects clients bit by bit.' },
}

test('balance: the verdict with its reason, the table, what would move, the broker’s own command', () => {
  expect(`\n${renderBalance(balance, { nowMs, terminal })}`).toMatchInlineSnapshot(`
    "
    plant, 2800 clients, minute of 2 min ago · 11:58:00
    imbalanced: b2 has 64 % of the clients and 50 % of the weight.

    broker  weight  clients  share │ fair   share  fair  too many
    b2           1     1800  ██████│██····  64 %   50 %       400
    b1           1     1000  ████··│······  36 %   50 %      -400

    Largest share is 1.28 times its fair one (1 is balanced); coefficient of variation 0.28 (0); Jain’s
    index 0.925 (1); 14 % of all clients are on the wrong broker.

    To be balanced, as few as possible would move:
    clients  from  to
        400  b2    b1

    What the broker itself offers:
      emqx ctl rebalance start --nodes emqx@b1,emqx@b2
    It disconnects clients bit by bit.
    "
  `)
})

const figures = { severity: 'critical' as const, observed: 120, expected: 3, upper: 12, windowMinutes: 5, score: 31.2 }
const alert: Alert = {
  id: 'plant.disconnect_rate.b1.20261122T100000Z',
  kind: 'disconnect_rate',
  cluster: 'plant',
  broker: 'b1',
  status: 'open',
  openedAt: '2026-11-22T10:00:00.000Z',
  updatedAt: '2026-11-22T10:30:00.000Z',
  ...figures,
  summary: '120 clients dropped within 5 min, about 3 are usual.',
  topCauses: [{ cause: 'keepalive_timeout', count: 110 }],
  topClients: [{ clientId: 'pump-17', disconnects: 9, attempts: 12, peers: ['10.1.2.3'] }],
  topPeers: [{ peer: '10.1.2.3', disconnects: 80 }],
  transitions: [
    {
      status: 'opened',
      at: '2026-11-22T10:00:00.000Z',
      why: 'began',
      ...figures,
      severity: 'warning',
      summary: '40 clients dropped.',
    },
    {
      status: 'updated',
      at: '2026-11-22T10:30:00.000Z',
      why: 'severity_rose',
      quiet: 'silence',
      ...figures,
      summary: '120 clients dropped.',
    },
  ],
  diagnosis: {
    name: 'idle_timeout',
    title: 'Something on the path cuts idle connections',
    confidence: 0.9,
    basis: 'settled',
    evidence: ['11 of 12 sessions ended after 60 s.'],
    remedy: ['Set keepalive to 45 s.'],
    alternatives: [],
  },
  acknowledgement: { at: '2026-11-22T10:31:00.000Z', by: 'anna', note: 'on it' },
}

test('the story of an alert: what and why, figures, what happened in order, what to do as commands', () => {
  expect(`\n${renderStory(alert, { nowMs, terminal })}`).toMatchInlineSnapshot(`
    "
    critical: disconnect_rate of b1 (plant)
    Began 2 h ago · 10:00:00; open. plant.disconnect_rate.b1.20261122T100000Z

    120 clients dropped within 5 min, about 3 are usual.
    Observed 120 within 5 min, expected about 3 (told from 12); score 31.2.

    Something on the path cuts idle connections (confidence 90 %, settled)
      - 11 of 12 sessions ended after 60 s.
    What to do:
      - Set keepalive to 45 s.
    More: docs/diagnosis.md#idle_timeout

    How they ended:
      110 × keepalive_timeout: nothing was heard from the client for 1.5 times its keepalive

    Clients with the most disconnects:
      pump-17: 9, 12 attempts, from 10.1.2.3

    Addresses with the most disconnects:
      10.1.2.3: 80

    What happened:
      10:00:00  opened warning: it began
          40 clients dropped.
      10:30:00  updated critical: it became critical (not told: silenced)
          120 clients dropped.

    Acknowledged by anna, 1 h ago · 10:31:00: on it

    What to do next:
      keepwatch explain --cluster plant --broker b1
      keepwatch events --cluster plant --broker b1 --follow
      keepwatch silence add --cluster plant --kind disconnect_rate --broker b1 --for 2h --comment why
      keepwatch alerts verify plant.disconnect_rate.b1.20261122T100000Z true|benign|false
    "
  `)
})

test('what to do next can be copied, whatever the client is called', () => {
  const { broker: _, acknowledgement: __, ...open } = alert
  expect(nextCommands({ ...open, clientId: "-it's" })).toContain(`keepwatch explain --cluster plant -- '-it'\\''s'`)
  expect(nextCommands({ ...open, kind: 'imbalance' })).toContain('keepwatch balance plant')
  expect(commandLine('explain', hostile)).toBe(`keepwatch explain $'pump \\x1b[31m\\U0000202e17\\x0a\\U00000085=1+1'`)
})

test.each([60, 80, 200])(
  'whatever is called what, tables fit %i columns and nothing acts on the terminal',
  (columns) => {
    const shown = { nowMs, terminal: { columns, hasColours: false } }
    const texts = [hostile, endless].flatMap((name) => {
      const seen = { clientId: name, disconnects: 1, attempts: 2, takeovers: 3, peers: [name] }
      const client = { ...seen, brokers: [name] }
      const named: Alert = {
        ...alert,
        clientId: name,
        broker: name,
        topClients: [seen],
      }
      const silence = {
        id: 'plant.x',
        cluster: 'plant',
        from: alert.openedAt,
        to: alert.updatedAt,
        clientId: name,
        comment: name,
        createdBy: name,
        createdAt: alert.openedAt,
      }
      return [
        renderBrokers([broker(name, { problem: name })], { ...shown, sort: 'worst' }),
        renderBalance(
          { ...balance, brokers: [{ broker: name, weight: 1, fairShare: 1 }], reason: name },
          shown,
        ).replace(/^ {2}emqx.*$/m, ''),
        renderFound([client], shown),
        renderAlerts([named], shown),
        renderSilences([silence], shown),
      ]
    })
    for (const text of texts) {
      expect(text).not.toMatch(actsOnTerminal)
      expect(text.split('\n').filter((line) => stringWidth(line) > columns)).toEqual([])
    }
    expect(renderStory({ ...alert, clientId: hostile }, shown)).not.toMatch(actsOnTerminal)
  },
)
