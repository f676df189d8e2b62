import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explanations } from '../../domain/diagnoses/index.ts'
import { renderMatrix } from './matrix.ts'
import { type Story, sure, tellAll, type Told } from './story.ts'

/** Not those with which the diagnoses were developed (1 to 5). */
const seeds = [101, 102, 103]
const names = readdirSync(join(import.meta.dirname, 'causes')).map((file) => file.slice(0, -'.ts'.length))

const files = await Promise.all(
  names.map(async (name) => {
    const { stories } = (await import(`./causes/${name}.ts`)) as { stories: readonly Story[] }
    return { name: name.replaceAll('-', '_'), told: tellAll(stories, seeds) }
  }),
)
const all = files.flatMap(({ told }) => told)
const line = ({ story, size, seed, answer }: Told) =>
  `"${story.title}" at ${size} clients, seed ${seed}: ${answer.name} ${answer.confidence}, right: ${story.right.join(' or ')}`

describe('diagnoses of stories', () => {
  it('every cause has a file of its own, and no other file stands among them', () => {
    const sources = readdirSync(join(import.meta.dirname, '../../domain/diagnoses')).filter(
      (file) => file !== 'index.ts',
    )
    const expected = explanations.map(({ name }) => `${name.replaceAll('_', '-')}.ts`)
    expect(sources.toSorted()).toEqual(expected.toSorted())
  })
  it('every cause has its stories, and stories that resemble it', () => {
    expect(files.map(({ name }) => name).toSorted()).toEqual(explanations.map(({ name }) => name).toSorted())
    const without = explanations.filter(({ name }) => !all.some(({ story }) => story.resembles === name))
    expect(without.map(({ name }) => name)).toEqual([])
  })
  it.each(files)('$name: nineteen of twenty answers are right', ({ told }) => {
    const wrong = told.filter(({ isRight }) => !isRight)
    expect(wrong.length / told.length, wrong.map(line).join('\n')).toBeLessThanOrEqual(0.05)
  })
  it('nothing that only resembles a cause gets a wrong answer that sounds sure', () => {
    const wrong = all.filter(
      ({ story, isRight, answer }) => story.resembles !== undefined && !isRight && answer.confidence >= sure,
    )
    expect(wrong.map(line)).toEqual([])
  })
  it('prints the confusion matrix', () => {
    const text = renderMatrix(all)
    console.log(text)
    expect(text).toContain('right')
  })
})
