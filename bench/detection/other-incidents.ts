/** Incidents of the other kinds: clients that flap, storms, refused waves, brokers that fall silent, and so on. */
import { minuteMs } from '../../domain/time.ts'
import { comingBack, tellTakeovers } from './disconnect-incidents.ts'
import { allow, anyBroker, type Draft, label, place } from './draft.ts'
import { goneElsewhere } from './scenario.ts'

const dayMinutes = 1440

/** A broker stops without a word: its clients are elsewhere, and what is shown of it is old or nothing. */
export function silentDeath(draft: Draft): void {
  const minutes = draft.random.whole(20, 60)
  const from = place(draft, minutes + 100)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const to = from + minutes
  const stale = draft.random.next() < 0.5
  let last = 0
  draft.effects.push(
    {
      from,
      to,
      apply: (fleet, minute) => {
        if (minute === from) last = fleet.connected[broker] ?? 0
        fleet.lose(broker)
        fleet.closed[broker] = goneElsewhere
        fleet.silent[broker] = stale ? { connected: last } : {}
      },
    },
    comingBack(to, to + 90),
  )
  label(draft, { kind: 'broker_silent', type: 'silent death', from, to, broker })
  allow(draft, ['imbalance', 'reconnect_storm'], { from, to: to + 100 })
}

/** One client comes and goes. */
export function flapping(draft: Draft): void {
  const minutes = draft.random.whole(40, 90)
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const often = draft.random.between(0.5, 1)
  draft.effects.push({
    from,
    to: from + minutes,
    apply: (fleet) => {
      if (fleet.random.next() > often) return
      const client = { clientId: 'loose-contact', disconnects: 1, attempts: 1 }
      fleet.tell(broker, { reconnects: { count: 1, cause: 'keepalive_timeout' }, topClients: [client] })
    },
  })
  label(draft, { kind: 'flapping', type: 'flapping client', from, to: from + minutes, broker })
}

/** Two devices with one id, a few times a minute. */
export function takeoverLoop(draft: Draft): void {
  const minutes = draft.random.whole(20, 60)
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const to = from + minutes
  const perMinute = draft.random.between(1.5, 5)
  draft.effects.push({ from, to, apply: (fleet) => tellTakeovers({ fleet, broker, perMinute, clients: 1 }) })
  label(draft, { kind: 'takeover_loop', type: 'take-over loop', from, to, broker })
  allow(draft, ['flapping', 'disconnect_rate'], { from, to: to + 60, broker })
}

/** Clients connect, are thrown out, and come back again and again. */
export function reconnectStorm(draft: Draft): void {
  const minutes = draft.random.whole(8, 20)
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const to = from + minutes
  const share = draft.random.between(0.35, 0.7)
  draft.effects.push({
    from,
    to,
    apply: (fleet) => {
      const count = fleet.random.poisson((fleet.connected[broker] ?? 0) * share)
      fleet.tell(broker, { reconnects: { count, cause: 'protocol_error' } })
    },
  })
  label(draft, { kind: 'reconnect_storm', type: 'reconnect storm', from, to, broker })
  allow(draft, ['disconnect_rate'], { from, to: to + 60, broker })
}

/** Clients with a wrong password. */
export function refusedWave(draft: Draft): void {
  const minutes = draft.random.whole(10, 40)
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const to = from + minutes
  const perMinute = draft.random.between(15, 200)
  draft.effects.push({
    from,
    to,
    apply: (fleet) => {
      fleet.tell(broker, { refused: { count: fleet.random.poisson(perMinute), code: '134' } })
    },
  })
  label(draft, { kind: 'refused_rate', type: 'refused wave', from, to, broker })
}

/** Brokers tell their CPU; of one it rises to its ceiling. */
export function resources(draft: Draft): void {
  const minutes = draft.random.whole(25, 60)
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const to = from + minutes
  draft.effects.push({
    from: 0,
    to: draft.plan.days * dayMinutes,
    apply: (fleet, minute) => {
      for (let b = 0; b < fleet.connected.length; b += 1) {
        const high = b === broker && minute >= from && minute < to
        fleet.tell(b, { gauges: { cpu_percent: (high ? 96 : 45) + fleet.random.between(-4, 4) } })
      }
    },
  })
  label(draft, { kind: 'resources', type: 'cpu at its ceiling', from, to, broker })
}

/** An important client is offline for longer than it may be. */
export function watchedClient(draft: Draft): void {
  const minutes = draft.random.whole(35, 90)
  const from = place(draft, minutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const to = from + minutes
  const clientId = `important-${draft.watchedClients.length + 1}`
  draft.watchedClients.push({ clientId })
  const tell = (minute: number, online: boolean) => ({
    from: minute,
    to: minute + 1,
    apply: (fleet: Parameters<Draft['effects'][number]['apply']>[0]) => {
      const at = new Date(draft.plan.startMs + (minute + 0.5) * minuteMs).toISOString()
      fleet.tell(broker, { watched: [{ clientId, online, at }] })
    },
  })
  draft.effects.push(tell(3, true), tell(from, false), tell(to, true))
  label(draft, { kind: 'client_offline', type: 'watched client offline', from, to, broker, clientId })
}
