import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { noChromium, openBrowser } from '../stage.ts'
import { testActs } from './acts.ts'
import { testAxe } from './axe.ts'
import { testHostile } from './hostile.ts'
import { testLarge } from './large.ts'
import { places, testPages } from './pages.ts'
import { testSmall } from './small.ts'
import { type Given, openPage, openRecordedStage, type Stage } from './stage.ts'

if (noChromium) {
  console.warn(
    'test/web/browser: no Chromium here, so the pages are not tried in a browser (apt-get install chromium).',
  )
}

let browser: Browser
let stage: Stage
let found: ReturnType<typeof places> | undefined

const given: Given = {
  get browser() {
    return browser
  },
  get stage() {
    return stage
  },
  open: async (path, options) => openPage(browser, new URL(path, stage.system.url).href, options),
  get: async (path) => (await fetch(stage.system.url + path)).json(),
  places: async () => (found ??= places(given)),
}

/** One system and one browser for all: they take the time. */
describe.skipIf(noChromium)(
  'the page of a running system in Chromium (where it is missing: apt-get install chromium)',
  () => {
    beforeAll(async () => {
      ;[browser, stage] = await Promise.all([openBrowser(), openRecordedStage()])
    }, 180_000)
    afterAll(async () => {
      await browser?.close()
      await stage?.stop()
    })
    testPages(given)
    testHostile(given)
    testAxe(given)
    testActs(given)
    testSmall(given)
    testLarge(given)
  },
)
