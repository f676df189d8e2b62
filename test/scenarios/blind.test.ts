/** Stories written from the facts alone, nearly all before their author saw the diagnoses: what is answered to them. */
import { afterAll, expect, it } from 'vitest'
import { diagnose, type Diagnosis } from '../../domain/diagnosis.ts'
import { stories as brokers } from './blind/brokers.ts'
import { stories as credentials } from './blind/credentials.ts'
import { stories as endings } from './blind/endings.ts'
import { stories as endpoints } from './blind/endpoints.ts'
import { stories as fleets } from './blind/fleets.ts'
import { stories as ids } from './blind/ids.ts'
import { stories as keepalives } from './blind/keepalives.ts'
import { stories as lookalikes } from './blind/lookalikes.ts'
import { stories as paths } from './blind/paths.ts'
import { stories as schedules } from './blind/schedules.ts'
import type { BlindStory } from './blind/story.ts'
import { stories as traps } from './blind/traps.ts'
import { stories as undecided } from './blind/undecided.ts'
import { sure } from './story.ts'

const seeds = [1, 2, 3]
const stories = [
  ...ids,
  ...paths,
  ...keepalives,
  ...credentials,
  ...endpoints,
  ...brokers,
  ...fleets,
  ...endings,
  ...lookalikes,
  ...schedules,
  ...traps,
  ...undecided,
]
const wrongAnswers = new Map<BlindStory, readonly Diagnosis[]>()

const isAccepted = ({ accept }: BlindStory, { name, confidence }: Diagnosis) =>
  // Where the record cannot tell, a guess that says that it is one does no harm.
  accept.includes(name) || (accept[0] === 'unknown' && confidence < sure)

function wrongOf(story: BlindStory): Diagnosis[] {
  const answers = seeds.map((seed) => diagnose(story.tell(seed))[0])
  const wrong = answers.filter((answer) => !isAccepted(story, answer))
  wrongAnswers.set(story, wrong)
  return wrong
}

const sentenceOf = ({ name, confidence, evidence }: Diagnosis) => `${name} ${confidence}: ${evidence.join(' ')}`

const [good, known] = [stories.filter((each) => each.known === undefined), stories.filter((each) => each.known)]
it.each(good)('$title: $accept.0', (story) => {
  expect(wrongOf(story).map(sentenceOf), story.why).toEqual([])
})
it.fails.each(known)('known to be wrong: $title: $accept.0', (story) => {
  expect(wrongOf(story).map(sentenceOf), story.known).toEqual([])
})

afterAll(() => {
  const told = stories.length * seeds.length
  const wrong = [...wrongAnswers].flatMap(([story, answers]) => answers.map((answer) => ({ story, answer })))
  const surely = wrong.filter(({ answer }) => answer.confidence >= sure)
  console.log(
    [
      `${stories.length} stories of somebody who had not seen the diagnoses, ${seeds.length} seeds: ${told - wrong.length} of ${told} right; wrong and sure: ${surely.length}`,
      ...wrong.map(({ story, answer }) => `${story.accept[0]}: ${story.title}\n    ${sentenceOf(answer)}`),
    ].join('\n'),
  )
})
