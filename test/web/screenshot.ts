/** Draws docs/screenshot.png: the Fleet page over the record of the browser tests, at a time that stands still. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { secondMs } from '../../domain/time.ts'
import { openSmallStage } from './browser/in-process.ts'
import { configuration, settingsOf, writeRecord } from './browser/record.ts'
import { settled } from './browser/stage.ts'
import { openBrowser } from './stage.ts'

const endMs = Date.parse('2026-11-20T14:30:00Z')
const nowMs = endMs + 20 * secondMs
const file = join(import.meta.dirname, '..', '..', 'docs', 'screenshot.png')

const plant = { clusters: configuration.clusters.filter(({ name }) => name === 'plant') }
const [browser, stage] = await Promise.all([
  openBrowser(),
  openSmallStage({ configuration: plant, nowMs: () => nowMs }),
])
try {
  await writeRecord(stage.tables, settingsOf(plant), { endMs, seenUntilMs: nowMs - 3 * secondMs, withZoo: false })
  const page = await browser.newPage({
    viewport: { width: 1280, height: 940 },
    colorScheme: 'light',
    timezoneId: 'UTC',
    locale: 'en-GB',
  })
  await page.clock.setFixedTime(nowMs)
  await page.goto(stage.origin)
  await settled(page)
  await page.screenshot({ path: file })
  process.stdout.write(`${file}: ${Math.round(statSync(file).size / 1000)} KB\n`)
} finally {
  await browser.close()
  await stage.stop()
}
