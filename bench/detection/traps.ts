/** What looks like an incident and is none: nothing of it should be told. */
import { minuteMs } from '../../domain/time.ts'
import { comingBack, restarting } from './disconnect-incidents.ts'
import { allow, anyBroker, type Draft, keep, label, place } from './draft.ts'
import { localClock } from './local-clock.ts'
import { goneElsewhere, warmUpDays } from './scenario.ts'

const dayMinutes = 1440

/** Every day at the same local time a job makes clients reconnect: 4 to 8 times the rate for 5 to 10 minutes. */
export function dailyBatch(draft: Draft): void {
  const { random, plan } = draft
  const at = random.whole(30, 1400)
  const minutes = random.whole(5, 10)
  const factor = random.between(4, 8)
  const everywhere = random.next() < 0.5
  const only = anyBroker(draft)
  draft.effects.push({
    from: 0,
    to: plan.days * dayMinutes,
    apply: (fleet) => {
      // It is late by a minute on some days.
      const since = fleet.local.minuteOfDay - at - (fleet.local.day % 3 === 0 ? 1 : 0)
      if (since < 0 || since >= minutes) return
      for (let broker = 0; broker < fleet.rate.length; broker += 1) {
        if (everywhere || broker === only) fleet.rate[broker] = (fleet.rate[broker] ?? 1) * factor
      }
    },
  })
  const clock = localClock(plan.timezone)
  for (let minute = 0; minute < plan.days * dayMinutes; minute += 1) {
    if (clock(plan.startMs + minute * minuteMs).minuteOfDay === at) keep(draft, minute, minute + minutes + 1)
  }
}

/** Keepwatch itself is blind: to one broker or to all, for a minute or an hour, wholly or in part. */
export function watcherGaps(draft: Draft): void {
  const { random } = draft
  for (let n = 0; n < 14; n += 1) {
    const minutes = Math.round(Math.exp(random.between(0, Math.log(90))))
    const from = place(draft, minutes + 2, 'short')
    if (from === undefined) continue
    const broker = random.next() < 0.5 ? undefined : anyBroker(draft)
    const edge = random.between(0.1, 0.9)
    const last = from + minutes + 1
    draft.effects.push({
      from,
      to: last + 1,
      apply: (fleet, minute) => {
        const seen = minute === from || minute === last ? edge : 0
        for (let b = 0; b < fleet.coverage.length; b += 1)
          if (broker === undefined || b === broker) fleet.coverage[b] = seen
      },
    })
    if (minutes >= 7) {
      label(draft, {
        kind: 'watcher_blind',
        type: 'gap',
        from,
        to: last + 1,
        ...(broker === undefined ? {} : { broker }),
      })
    } else allow(draft, ['watcher_blind'], { from, to: last + 10 })
  }
  draft.effects.push({
    from: 0,
    to: draft.plan.days * dayMinutes,
    apply: (fleet) => {
      if (fleet.random.next() > 0.02) return
      const b = fleet.random.whole(0, fleet.coverage.length - 1)
      fleet.coverage[b] = Math.min(fleet.coverage[b] ?? 1, fleet.random.between(0.2, 0.95))
    },
  })
}

/** A site with a few clients loses its power: three to six disconnects at once, several times a day. */
export function siteBursts(draft: Draft): void {
  const perDay = draft.random.between(4, 12)
  draft.effects.push({
    from: 0,
    to: draft.plan.days * dayMinutes,
    apply: (fleet) => {
      if (fleet.random.next() > perDay / dayMinutes) return
      fleet.drop(fleet.random.whole(0, fleet.connected.length - 1), fleet.random.whole(3, 6), 'network_eof')
    },
  })
}

/** The fleet has twice the clients after one night. */
export function doubling(draft: Draft): void {
  const minutes = 6 * 60
  const from = place(draft, minutes)
  if (from === undefined) return
  draft.effects.push({
    from,
    to: draft.plan.days * dayMinutes,
    apply: (fleet, minute) => {
      fleet.population *= 1 + Math.min(1, (minute - from) / minutes)
    },
  })
}

/** Rolling restarts in announced windows. */
export function deployments(draft: Draft): void {
  const { plan, random } = draft
  for (let n = 0; n < 5; n += 1) {
    const pause = random.whole(5, 9)
    const minutes = 10 + plan.brokers.length * pause + 20
    const from = place(draft, minutes, 'short')
    if (from === undefined) continue
    for (const [broker] of plan.brokers.entries()) {
      draft.effects.push(...restarting(draft, broker, from + 10 + broker * pause))
    }
    const at = (minute: number) => new Date(plan.startMs + minute * minuteMs).toISOString()
    draft.maintenance.push({ from: at(from), to: at(from + minutes) })
  }
}

/** The last broker joins after the warm-up, is empty for minutes, and is filled within the hour. */
export function added(draft: Draft): void {
  const emptyMinutes = draft.random.whole(8, 14)
  const from = place(draft, 90)
  if (from === undefined) return
  const newest = draft.plan.brokers.length - 1
  draft.effects.push(
    {
      from: 0,
      to: from,
      apply: (fleet, minute) => {
        fleet.present[newest] = 0
        // Before the run its clients were on the others.
        if (minute === 0) fleet.lose(newest)
      },
    },
    {
      from,
      to: from + emptyMinutes,
      apply: (fleet) => {
        fleet.present[newest] = 1
        fleet.target[newest] = 0.001
      },
    },
    comingBack(from + emptyMinutes, from + 90),
  )
}

/** The first broker is emptied in minutes and taken away for good. */
export function removed(draft: Draft): void {
  const from = place(draft, 20)
  if (from === undefined) return
  const drainMinutes = 8
  draft.effects.push({
    from,
    to: draft.plan.days * dayMinutes,
    apply: (fleet, minute) => {
      fleet.target[0] = 0
      fleet.closed[0] = goneElsewhere
      if (minute < from + drainMinutes) fleet.move = { pace: 0.4, cause: 'server_redirect' }
      else if (minute === from + drainMinutes) fleet.lose(0)
      if (minute >= from + drainMinutes) fleet.present[0] = 0
    },
  })
}

/** A broker’s clock is set: minutes are missing in part, or run twice and count double. */
export function clockSteps(draft: Draft): void {
  const { random } = draft
  for (let n = 0; n < 10; n += 1) {
    const minutes = random.whole(2, 5)
    const from = place(draft, minutes, 'short')
    if (from === undefined) continue
    const broker = anyBroker(draft)
    const back = random.next() < 0.5
    draft.effects.push({
      from,
      to: from + minutes,
      apply: (fleet) => {
        if (back) fleet.repeated[broker] = 2
        else fleet.coverage[broker] = fleet.random.between(0.05, 0.6)
      },
    })
  }
}

/** A day of the week after the warm-up, Monday to Friday, that is like a Sunday. */
export function holiday(startMs: number, days: number, pick: (choices: readonly number[]) => number): number[] {
  const weekdays = []
  for (let day = warmUpDays + 1; day < days; day += 1) {
    const weekday = new Date(startMs + day * dayMinutes * minuteMs).getUTCDay()
    if (weekday > 0 && weekday < 6) weekdays.push(day)
  }
  return weekdays.length === 0 ? [] : [pick(weekdays)]
}
