import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'

const chaos = 'test/chaos/chaos.test.ts'
/** Begun last, one of these would run on alone while the other worker has nothing to do. */
const longest = ['test/live/demonstration.test.ts', 'test/web/browser/browser.test.ts', 'test/live/system.test.ts']

class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]) {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the sequencer's own, and gives a new one.
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: (typeof files)[number]) => longest.some((file) => moduleId.endsWith(file))
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests wait for brokers, timers and minutes: one worker a core keeps two cores busy.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [chaos], sequence: { groupOrder: 0 } },
      },
      // It fills the machine with clients and kills what it can: alone, when the others are done.
      { extends: true, test: { name: 'chaos', include: [chaos], sequence: { groupOrder: 1 } } },
    ],
  },
})
