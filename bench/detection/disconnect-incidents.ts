/** Incidents in which clients drop: what disconnect_rate should tell. */
import type { Cause } from '../../domain/cause.ts'
import { allow, anyBroker, type Draft, label, place } from './draft.ts'
import { type Effect, type Fleet, goneElsewhere, waitingFor } from './scenario.ts'

/** A broker restarts: all its clients drop, and are back within about five minutes. */
export function restart(draft: Draft, changes: { readonly aftermathMinutes?: number } = {}): void {
  const after = changes.aftermathMinutes ?? 0
  const from = place(draft, 6 + after)
  if (from === undefined) return
  const broker = anyBroker(draft)
  draft.effects.push(...restarting(draft, broker, from))
  if (after > 0) draft.effects.push(faster(broker, from + 5, from + 5 + after, 2))
  dropping(draft, after > 0 ? 'restart with aftermath' : 'restart', { from, to: from + 6, broker })
}

/** What a restart does, for deployments as well. */
export function restarting(draft: Draft, broker: number, from: number): Effect[] {
  const { random } = draft
  const main: Cause = random.pick(['server_shutdown', 'network_eof'])
  const pure = random.between(0.7, 1)
  const downMinutes = random.whole(1, 2)
  const early = random.between(0.8, 1)
  const seen = random.next() < 0.5 ? 1 : random.between(0.3, 0.9)
  return [
    {
      from,
      to: from + 1 + downMinutes,
      apply: (fleet, minute) => {
        const clients = fleet.connected[broker] ?? 0
        const share = minute === from ? early : 1
        fleet.drop(broker, clients * share * pure, main)
        fleet.drop(broker, clients * share * (1 - pure), 'network_reset')
        fleet.closed[broker] = waitingFor
        // The link of the watcher breaks as well.
        if (minute === from + 1) fleet.coverage[broker] = seen
      },
    },
  ]
}

/** A broker dies, its clients go to the others, and come back when it is there again. */
export function failover(draft: Draft): void {
  const outMinutes = draft.random.whole(10, 30)
  const from = place(draft, outMinutes + 80)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const up = from + outMinutes
  const blind = draft.random.next() < 0.5
  draft.effects.push(dying(broker, from, up, blind), comingBack(up, up + 80))
  dropping(draft, 'failover', { from, to: from + 5, broker })
  allow(draft, ['imbalance', 'watcher_blind'], { from, to: up + 100 })
  allow(draft, ['broker_silent'], { from, to: up + 100, broker })
}

export function dying(broker: number, from: number, to: number, blind: boolean): Effect {
  return {
    from,
    to,
    apply: (fleet, minute) => {
      fleet.drop(broker, fleet.connected[broker] ?? 0, 'network_eof')
      fleet.closed[broker] = goneElsewhere
      if (blind && minute > from) fleet.coverage[broker] = 0
    },
  }
}

/** The others give back what they took. */
export function comingBack(from: number, to: number): Effect {
  return {
    from,
    to,
    apply: (fleet) => {
      fleet.move = { pace: 0.05, cause: 'server_redirect' }
    },
  }
}

/** The rate is several times as high for minutes, or a little higher for hours. */
export function raised(draft: Draft, type: 'spike' | 'slow'): void {
  const [factor, minutes] = type === 'spike' ? [5, 5] : [1.5, 120]
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  draft.effects.push(faster(broker, from, from + minutes, factor))
  dropping(draft, type, { from, to: from + minutes, broker })
}

export function faster(broker: number, from: number, to: number, factor: number): Effect {
  return {
    from,
    to,
    apply: (fleet) => {
      fleet.rate[broker] = (fleet.rate[broker] ?? 1) * factor
    },
  }
}

/** Some percent of a broker’s clients fall silent, as when a mobile network fails. */
export function keepaliveWave(draft: Draft): void {
  const minutes = draft.random.whole(5, 10)
  const share = draft.random.between(0.03, 0.08)
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  draft.effects.push({
    from,
    to: from + minutes,
    apply: (fleet) => {
      const lost = fleet.random.poisson(((fleet.connected[broker] ?? 0) * share) / minutes)
      fleet.drop(broker, lost, 'keepalive_timeout')
    },
  })
  dropping(draft, 'keepalive wave', { from, to: from + minutes, broker })
}

/** A few clients use each other’s ids and take their sessions over, again and again. */
export function pingPong(draft: Draft): void {
  const minutes = draft.random.whole(10, 60)
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const perMinute = draft.random.between(20, 60)
  const clients = draft.random.whole(2, 4)
  const to = from + minutes
  draft.effects.push({ from, to, apply: (fleet) => tellTakeovers({ fleet, broker, perMinute, clients }) })
  dropping(draft, 'take-over ping-pong', { from, to, broker })
  label(draft, { kind: 'takeover_loop', type: 'take-over ping-pong', from, to, broker })
}

/** Take-overs of a few client ids that two devices each use. */
export function tellTakeovers(of: { fleet: Fleet; broker: number; perMinute: number; clients: number }): void {
  const { fleet, broker, clients } = of
  const topClients = Array.from({ length: clients }, (_, n) => {
    const takeovers = fleet.random.poisson(of.perMinute / clients)
    return {
      clientId: `twin-${broker}-${n}`,
      disconnects: takeovers,
      attempts: takeovers,
      takeovers,
      peers: [`10.0.0.${n + 1}`, `10.0.1.${n + 1}`],
    }
  }).filter(({ takeovers }) => takeovers > 0)
  // One take-over of a client in a minute is none that counts; the fleet’s own noise has such.
  const takeovers = topClients.reduce((sum, each) => sum + (each.takeovers > 1 ? each.takeovers : 0), 0)
  fleet.tell(broker, { takeovers, topClients })
}

/** A network fails: a third of all clients of all brokers drop. */
/** All brokers lose clients at two and a half times the usual rate, for half an hour: little on each. */
export function everywhere(draft: Draft): void {
  const minutes = 30
  const from = place(draft, minutes)
  if (from === undefined) return
  for (const broker of draft.plan.brokers.keys()) draft.effects.push(faster(broker, from, from + minutes, 2.5))
  dropping(draft, 'everywhere', { from, to: from + minutes })
}

export function outage(draft: Draft): void {
  const awayMinutes = draft.random.whole(1, 8)
  const from = place(draft, awayMinutes + 6)
  if (from === undefined) return
  const cause: Cause = draft.random.pick(['network_eof', 'network_reset', 'keepalive_timeout'])
  draft.effects.push({
    from,
    to: from + awayMinutes,
    apply: (fleet, minute) => {
      for (let broker = 0; broker < fleet.connected.length; broker += 1) {
        if (minute === from) fleet.drop(broker, (fleet.connected[broker] ?? 0) / 3, cause)
        fleet.closed[broker] = waitingFor
      }
    },
  })
  dropping(draft, 'outage', { from, to: from + awayMinutes + 5 })
}

/** What drops comes back: many connects at once are true as well. */
export function dropping(draft: Draft, type: string, what: { from: number; to: number; broker?: number }): void {
  label(draft, { kind: 'disconnect_rate', type, ...what })
  allow(draft, ['reconnect_storm', 'flapping', 'refused_rate'], { ...what, to: what.to + 60 })
}
