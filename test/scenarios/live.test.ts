import { afterAll, beforeAll, expect, it } from 'vitest'
import { diagnose, type Diagnosis } from '../../domain/diagnosis.ts'
import { createGround } from './live/ground.ts'
import { stories as brokers } from './live/stories/brokers.ts'
import { stories as clients } from './live/stories/clients.ts'
import { stories as credentials } from './live/stories/credentials.ts'
import { stories as ids } from './live/stories/ids.ts'
import { stories as paths } from './live/stories/paths.ts'
import type { LiveStory } from './live/story.ts'

/** Those that take longest first: all happen at once, and mostly wait. */
const stories = [...credentials, ...paths, ...brokers, ...clients, ...ids]
const apartMs = 200
const longestMs = 120_000

interface Told {
  readonly answer: Diagnosis
  /** What was recorded, for who has to find out why it was answered otherwise. */
  readonly record: string
  readonly seconds: number
}
let told: ReadonlyMap<LiveStory, Promise<Told | Error>> = new Map()

beforeAll(() => {
  told = new Map(stories.map((story, index) => [story, tell(story, index * apartMs)]))
})

async function tell(story: LiveStory, laterMs: number): Promise<Told | Error> {
  const ground = createGround()
  // Broker after broker: so many processes that start together would delay each other's clients.
  await ground.pass(laterMs)
  const startedMs = performance.now()
  try {
    const found = ground.caseOf(await story.happen(ground), story.timesSlower)
    const [answer] = diagnose(found)
    const record = found.events
      .map(({ at, ordinal, view, clientId, type, cause = '' }) => [at, ordinal, view, clientId, type, cause].join(' '))
      .join('\n')
    return { answer, record, seconds: Math.round((performance.now() - startedMs) / 1000) }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    await ground.leave()
  }
}

afterAll(async () => {
  const rows = await Promise.all([...told].map(async ([story, outcome]) => rowOf(story, await outcome)))
  console.log(['What really happened, and what was answered:', ...rows].join('\n'))
}, longestMs)

function rowOf({ title, right }: LiveStory, outcome: Told | Error): string {
  if (outcome instanceof Error) return `${right[0]}: ${title}\n    failed: ${outcome.message}`
  const { answer, seconds } = outcome
  const given = right.includes(answer.name) ? '' : `${answer.name} instead of `
  return `${given}${right[0]} ${answer.confidence}, after ${seconds} s: ${title}\n    ${answer.evidence[0]}`
}

it.each(stories)(
  '$right.0: $title',
  async (story) => {
    const outcome = await told.get(story)
    if (outcome instanceof Error) throw outcome
    const seen = [...(outcome?.answer.evidence ?? []), outcome?.record].join('\n')
    expect(story.right, seen).toContain(outcome?.answer.name)
  },
  longestMs,
)
