import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AdviceSchema, adviseOn } from '../../domain/tuning.ts'
import type { Story } from './story.ts'
import { createWorld } from './world.ts'

/** Causes that a keepalive can cure. */
const ofKeepalive = new Set(['idle_timeout', 'keepalive_too_short', 'keepalive_too_long', 'half_open'])

const folder = join(import.meta.dirname, 'causes')
const modules: { stories?: readonly Story[] }[] = await Promise.all(
  readdirSync(folder).map(async (name) => import(join(folder, name))),
)

describe('tuning in every story', () => {
  const told = modules
    .flatMap(({ stories = [] }) => stories)
    .flatMap((story) => {
      const world = createWorld({ seed: 5, size: 40 })
      const advice = adviseOn(world.caseOf(story.tell(world)))
      return advice === undefined ? [] : [{ story, advice: AdviceSchema.parse(advice) }]
    })

  it('another keepalive is advised where the keepalive is the trouble, and nowhere else', () => {
    const wrong = told.filter(({ story, advice: { keepalive } }) => {
      const isTrouble = story.right.some((name) => ofKeepalive.has(name)) || keepalive.inUse === 0
      return keepalive.verdict === 'change' && !isTrouble
    })
    expect(wrong.map(({ story }) => story.title)).toEqual([])
  })

  it('a shorter one is advised wherever the path cuts what is idle', () => {
    const idle = told.filter(
      ({ story, advice }) => story.right[0] === 'idle_timeout' && (advice.keepalive.inUse ?? 0) > 0,
    )
    const wrong = idle.filter(({ advice: { keepalive } }) => (keepalive.advised ?? 1e9) >= (keepalive.inUse ?? 0))
    expect(idle.length).toBeGreaterThan(0)
    expect(wrong.map(({ story }) => story.title)).toEqual([])
  })
})
