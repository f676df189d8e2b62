/** A story of lost connections with the answer that is right; and how all of them are told and asked about. */
import type { Subject } from '../../domain/case.ts'
import { diagnose, type Diagnosis } from '../../domain/diagnosis.ts'
import { createWorld, type World } from './world.ts'

export interface Story {
  /** What happens, in a few words. */
  readonly title: string
  /** Names of the diagnoses that are right. `unknown` where what is recorded cannot tell. */
  readonly right: readonly [string, ...string[]]
  /** It resembles this cause and is something else. */
  readonly resembles?: string
  /** Asked without single events, as for alerts in a replay. */
  readonly minutesOnly?: boolean
  /** Lets it happen, the fleet around it too, and says of whom is asked. */
  readonly tell: (world: World) => Subject
}

/** Clients in the fleet around a story. */
export const sizes = [0, 40, 400]

export interface Told {
  readonly story: Story
  readonly size: number
  readonly seed: number
  readonly answer: Diagnosis
  readonly isRight: boolean
}

/** A wrong answer that sounds sure: from this confidence on. */
export const sure = 0.6

/** Tells each story at every size with each seed, and asks. */
export function tellAll(stories: readonly Story[], seeds: readonly number[]): Told[] {
  return stories.flatMap((story) =>
    sizes.flatMap((size) =>
      seeds.map((seed): Told => {
        const world = createWorld({ seed, size })
        const [answer] = diagnose(world.caseOf(story.tell(world), { minutesOnly: story.minutesOnly ?? false }))
        return { story, size, seed, answer, isRight: story.right.includes(answer.name) }
      }),
    ),
  )
}
