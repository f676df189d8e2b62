import { describe, expect, it } from 'vitest'
import { diagnosisOf, questionOf } from '../../domain/alert-diagnosis.ts'
import type { AlertKind } from '../../domain/alert.ts'
import { openAnalysis } from '../../domain/analysis.ts'
import type { Case } from '../../domain/case.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { stories as denied } from './causes/authorization-denied.ts'
import { stories as credentials } from './causes/bad-credentials.ts'
import { stories as restart } from './causes/broker-restart.ts'
import { stories as limit } from './causes/connection-limit.ts'
import { stories as duplicates } from './causes/duplicate-client-id.ts'
import { stories as down } from './causes/endpoint-down.ts'
import { stories as forks } from './causes/forked-client-id.ts'
import { stories as overloaded } from './causes/overloaded-broker.ts'
import { stories as violation } from './causes/protocol-violation.ts'
import { stories as storm } from './causes/reconnect-storm.ts'
import { stories as consumer } from './causes/slow-consumer.ts'
import { stories as uneven } from './causes/uneven-load.ts'
import type { Story } from './story.ts'
import { createWorld } from './world.ts'

const rows: readonly (readonly [AlertKind, string, Story | undefined])[] = [
  ['disconnect_rate', 'broker_restart', storyOf(restart, 'it was killed')],
  ['disconnect_rate', 'protocol_violation', storyOf(violation, 'a library that forms packets badly')],
  ['reconnect_storm', 'reconnect_storm', storyOf(storm, 'a broker that comes back')],
  ['refused_rate', 'bad_credentials', storyOf(credentials, 'many refusals')],
  ['imbalance', 'uneven_load', storyOf(uneven, 'a load balancer that chooses')],
  ['resources', 'connection_limit', storyOf(limit, 'a limit that was set')],
  ['resources', 'overloaded_broker', storyOf(overloaded, 'its CPU is nearly used up')],
  ['broker_silent', 'endpoint_down', storyOf(down, 'a broker falls silent and its clients turn up')],
  ['takeover_loop', 'duplicate_client_id', storyOf(duplicates, 'two gateways with')],
  ['takeover_loop', 'duplicate_client_id', storyOf(duplicates, 'both observe')],
  ['takeover_loop', 'duplicate_client_id', storyOf(duplicates, 'two that come back after a minute')],
  ['takeover_loop', 'forked_client_id', storyOf(forks, 'four workers')],
  ['flapping', 'authorization_denied', storyOf(denied, 'a policy denies')],
  ['flapping', 'slow_consumer', storyOf(consumer, 'a quota was exceeded')],
]

function storyOf(stories: readonly Story[], title: string): Story | undefined {
  return stories.find((story) => story.title.startsWith(title))
}

/** What alerts of a story say of their cause, from its minutes alone, as a replay does. */
function causesOf(story: Story | undefined, kind: AlertKind, seed: number): string[] {
  if (story === undefined) throw new Error('no story has that title')
  const world = createWorld({ seed, size: 200 })
  const told = world.caseOf(story.tell(world), { minutesOnly: true })
  const cluster = ClusterSchema.parse({ name: 'plant', dialect: 'aedes', brokers: told.brokers })
  const analysis = openAnalysis(contextOf({ detection: {} }, cluster), undefined)
  const byMinute = Map.groupBy(told.minutes, ({ minute }) => minute)
  return [...byMinute]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([minute, brokers]) => {
      const startMs = Date.parse(minute)
      const { changed } = analysis.judge({
        cluster: 'plant',
        startMs,
        end: instant(startMs + minuteMs),
        coverage: 1,
        brokers,
      })
      return changed.flatMap((alert) => {
        const question = alert.kind === kind ? questionOf(alert) : undefined
        return question === undefined ? [] : [diagnosisOf(within(told, question), alert.kind).name]
      })
    })
}

function within(told: Case, question: Pick<Case, 'subject' | 'fromMs' | 'toMs'>): Case {
  const minutes = told.minutes.filter(({ minute }) => {
    const atMs = Date.parse(minute)
    return atMs >= question.fromMs && atMs < question.toMs
  })
  return { ...told, ...question, minutes }
}

describe('alerts in a replay, which knows minutes only', () => {
  it.each(rows)('%s says %s', (kind, name, story) => {
    for (const seed of [1, 2, 3]) {
      const causes = causesOf(story, kind, seed)
      expect(causes, `seed ${seed}: ${story?.title ?? ''}`).toContain(name)
      expect([...new Set(causes)].filter((cause) => cause !== name && cause !== 'unknown')).toEqual([])
    }
  })
})
