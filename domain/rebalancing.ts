/** What each broker product itself offers to move clients, for a given plan: only what its own documentation names. */
import type { Move } from './balance.ts'
import type { ClusterSettings } from './settings.ts'

export interface RebalanceCommand {
  readonly lines: string[]
  readonly note: string
}

/** A name that a shell takes as it is; brokers' names come from outside. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9._@-]*$/
/** Clients come back elsewhere over this long at least: brokers and their databases bear it. */
const spreadSeconds = 300
const mostPerSecond = 500
/** How near to even EMQX brings its nodes. */
const evenRatio = 1.05

/** What to run for these moves; undefined where nothing has to move. `connected` is the number of all clients. */
export function rebalancingOf(
  dialect: ClusterSettings['dialect'],
  plan: {
    readonly moves: readonly Move[]
    readonly brokers: readonly { readonly weight: number }[]
    readonly connected: number
  },
): RebalanceCommand | undefined {
  const { moves } = plan
  const [first] = moves
  if (first === undefined) return undefined
  const count = moves.reduce((sum, { clients }) => sum + clients, 0)
  const byHand = `A client moves when its connection ends and it connects again. Steer new connections to ${namesOf(moves.map(({ to }) => to))} first (weights or least connections at the load balancer, weights in DNS), then let ${count} ${count === 1 ? 'client' : 'clients'} of ${namesOf(moves.map(({ from }) => from))} reconnect, spread over ${Math.max(1, Math.round(count / rateOf(count) / 60))} minutes or more.`
  if (dialect === 'emqx') return emqx(plan, count)
  if (dialect === 'rabbitmq') return rabbitmq(first.from, byHand)
  if (dialect === 'aws-iot')
    return { lines: [], note: 'AWS IoT Core spreads connections by itself; there is nothing to move.' }
  if (dialect === 'vernemq') {
    const note =
      '`vmq-admin session disconnect client-id=…` ends the connection of one client; VerneMQ has nothing known that moves many.'
    return { lines: [], note: `${note} ${byHand}` }
  }
  return { lines: [], note: `This broker has no known command that moves connected clients. ${byHand}` }
}

const rateOf = (clients: number) => Math.min(mostPerSecond, Math.max(1, Math.ceil(clients / spreadSeconds)))

function namesOf(names: readonly string[]): string {
  const all = [...new Set(names)]
  return all.length > 3 ? `${all.slice(0, 3).join(', ')} and ${all.length - 3} more` : all.join(', ')
}

/** https://docs.emqx.com/en/emqx/latest/deploy/cluster/rebalancing.html */
function emqx(plan: Parameters<typeof rebalancingOf>[1], count: number): RebalanceCommand {
  const { moves, brokers, connected } = plan
  const names = [...new Set(moves.flatMap(({ from, to }) => [from, to]))].toSorted()
  const isPlain = names.every((name) => plainName.test(name))
  const threshold = Math.max(1, Math.round(((evenRatio - 1) * connected) / brokers.length))
  const options = [
    ...(isPlain ? [`--nodes "${names.join(' ')}"`] : []),
    `--conn-evict-rate ${rateOf(count)}`,
    `--abs-conn-threshold ${threshold}`,
    `--rel-conn-threshold ${evenRatio}`,
  ]
  const uneven = brokers.some(({ weight }) => weight !== brokers[0]?.weight)
  return {
    lines: [`emqx ctl rebalance start ${options.join(' ')}`, 'emqx ctl rebalance status'],
    note: [
      'On any node of EMQX Enterprise; `emqx ctl rebalance stop` ends it. By default EMQX leaves alone what differs by less than 1,000 connections or a tenth.',
      ...(uneven ? ['EMQX makes these nodes equal: it knows no weights, so name only nodes of equal weight.'] : []),
      ...(isPlain ? [] : ['Name the nodes by `--nodes`: what they are called here cannot stand in a command safely.']),
    ].join(' '),
  }
}

/** https://www.rabbitmq.com/docs/man/rabbitmq-upgrade.8 */
function rabbitmq(from: string, byHand: string): RebalanceCommand {
  const lines = plainName.test(from) ? [`rabbitmq-upgrade -n ${from} drain`, `rabbitmq-upgrade -n ${from} revive`] : []
  return {
    lines,
    note: `Maintenance mode ends all connections of the node, not only those it has too many, and takes none until \`revive\`. ${byHand}`,
  }
}
