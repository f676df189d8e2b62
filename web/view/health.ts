/** Is Keepwatch itself well, in words. Pure. */
import type { Health } from '../../api/health.ts'
import { secondMs } from '../../domain/time.ts'
import { countText } from './figures.ts'
import { durationText } from './time.ts'

export interface HealthWords {
  readonly tone: 'good' | 'warning'
  /** `2 of 2 feeds up`. */
  readonly badge: string
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[]
}

/** Later than this behind, and what is shown is not what is. */
const lateSeconds = 180

type Watch = Health['watch'][number]

/** What a watcher said last holds no longer, once it says nothing any more. */
const isSilent = ({ behindSeconds = 0 }: Watch): boolean => behindSeconds > lateSeconds

/** A feed is up while one of its watchers has it up; that another has not is told all the same. */
export function healthWords(health: Health): HealthWords {
  const feeds = Map.groupBy(health.watch, ({ cluster, feed }) => `${cluster} / ${feed}`)
  const up = [...feeds.values()].filter((own) => own.some((watch) => watch.state === 'up' && !isSilent(watch))).length
  const down = [...feeds].flatMap(([name, own]) =>
    own
      .filter(({ state }) => state === 'down')
      .map(
        ({ watcher, problem }) =>
          `Feed ${name}: watcher ${watcher} is not connected${problem === undefined ? '' : ` (${problem})`}.`,
      ),
  )
  const silent = health.watch
    .filter((watch) => watch.state === 'up' && isSilent(watch))
    .map(({ cluster, feed, watcher, behindSeconds = 0 }) => {
      return `Feed ${cluster} / ${feed}: watcher ${watcher} has told nothing for ${durationText(behindSeconds * secondMs)}.`
    })
  const late = health.analyze.flatMap(({ cluster, behindSeconds }) => {
    if (behindSeconds === undefined) return [`Cluster ${cluster}: nothing was analyzed yet.`]
    if (behindSeconds <= lateSeconds) return []
    return [`Cluster ${cluster}: the analysis is ${durationText(behindSeconds * secondMs)} behind.`]
  })
  const untold = health.analyze
    .filter(({ alertsToTell }) => alertsToTell > 0)
    .map(({ cluster, alertsToTell }) => `Cluster ${cluster}: ${countText(alertsToTell, 'notification')} not sent yet.`)
  const problems = [...down, ...silent, ...late, ...untold]
  if (problems.length === 0 && health.status === 'degraded')
    problems.push('A feed or a step has not reported for minutes.')
  const badge = feeds.size === 0 ? 'no feed reports' : `${up} of ${countText(feeds.size, 'feed')} up`
  return { tone: health.status === 'ok' && up === feeds.size ? 'good' : 'warning', badge, problems }
}
