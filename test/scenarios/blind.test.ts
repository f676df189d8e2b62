/** Stories written from the facts alone, nearly all before their authors saw the diagnoses: what is answered to them. */
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
import { second } from './blind/second.ts'
import type { BlindStory } from './blind/story.ts'
import { stories as traps } from './blind/traps.ts'
import { stories as undecided } from './blind/undecided.ts'
import { sure } from './story.ts'

const seeds = [1, 2, 3]
const first = [
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
/** Each by somebody else. */
const exams: readonly (readonly [string, readonly BlindStory[]])[] = [
  ['First', first],
  ['Second', second],
]
const stories = [...first, ...second]
const answered = new Map<BlindStory, readonly Diagnosis[]>()

const isRight = ({ accept }: BlindStory, { name }: Diagnosis) => accept.includes(name)
/** Where the record cannot tell, a guess that says that it is one does no harm. */
const isGuess = (story: BlindStory, answer: Diagnosis) =>
  !isRight(story, answer) && story.accept[0] === 'unknown' && answer.confidence < sure

function wrongOf(story: BlindStory): Diagnosis[] {
  const answers = seeds.map((seed) => diagnose(story.tell(seed))[0])
  answered.set(story, answers)
  return answers.filter((answer) => !isRight(story, answer) && !isGuess(story, answer))
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
  for (const [name, own] of exams) {
    const all = own.flatMap((story) => (answered.get(story) ?? []).map((answer) => ({ story, answer })))
    const right = all.filter(({ story, answer }) => isRight(story, answer)).length
    const guesses = all.filter(({ story, answer }) => isGuess(story, answer)).length
    const wrong = all.filter(({ story, answer }) => !isRight(story, answer) && !isGuess(story, answer))
    const surely = wrong.filter(({ answer }) => answer.confidence >= sure).length
    console.log(
      [
        `${name} exam: ${own.length} stories of somebody who had not seen the diagnoses, ${seeds.length} seeds: ${right} of ${all.length} right; unsure guesses where nobody can know: ${guesses}; wrong: ${wrong.length}, of these sure: ${surely}`,
        ...wrong.map(({ story, answer }) => `${story.accept[0]}: ${story.title}\n    ${sentenceOf(answer)}`),
      ].join('\n'),
    )
  }
})
