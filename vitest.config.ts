import { defineConfig } from 'vitest/config'

const chaos = 'test/chaos/chaos.test.ts'

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests wait for brokers, timers and minutes: one worker a core keeps two cores busy.
    maxWorkers: 2,
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
