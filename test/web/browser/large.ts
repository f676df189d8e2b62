/** However much there is, a page draws what is in view, and the last of it can be reached. How fast: `npm run bench -- page`. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'
import { openStageOfMany } from './many.ts'
import { type Given, openPage } from './stage.ts'

const events = 12_000
const mostDrawn = 60

export function testLarge(given: Pick<Given, 'browser'>): void {
  let stage: Awaited<ReturnType<typeof openStageOfMany>>
  beforeAll(async () => {
    stage = await openStageOfMany({ brokers: 1000, events })
  })
  afterAll(async () => stage?.stop())

  describe('a record of much', () => {
    it('a thousand brokers: few rows are drawn, the last is reached', async () => {
      const { page, faults, close } = await openPage(given.browser, stage.origin)
      const rows = tableOf(page, 'Brokers of plant').getByRole('row')
      await rows.nth(5).waitFor()
      expect(await rows.count()).toBeLessThan(mostDrawn)
      await scrollToEnd(page, 'Brokers of plant')
      await eventually(async () => rows.last().getAttribute('aria-rowindex')).toBe('1001')
      expect(await rows.count()).toBeLessThan(mostDrawn)
      expect(faults).toEqual([])
      await close()
    })
    it(`a client with ${events} events: few rows are drawn, older ones are loaded on the way down to the first`, async () => {
      const { page, faults, close } = await openPage(given.browser, stage.origin + stage.clientPath)
      const table = tableOf(page, 'Events of the client')
      await table.getByText('reason 0', { exact: true }).waitFor()
      await eventually(async () => {
        await scrollToEnd(page, 'Events of the client')
        return table.getAttribute('aria-rowcount')
      }).toBe(String(events + 1))
      await scrollToEnd(page, 'Events of the client')
      await table.getByText(`reason ${events - 2}`, { exact: true }).waitFor()
      expect(await table.getByRole('row').count()).toBeLessThan(mostDrawn)
      expect(await page.locator('.lanes *').count()).toBeLessThan(5000)
      expect(faults).toEqual([])
      await close()
    })
  })
}

const tableOf = (page: Page, name: string) => page.getByRole('table', { name })

/** The table, or what it stands in, scrolls. */
async function scrollToEnd(page: Page, name: string): Promise<void> {
  await page.evaluate(`(() => {
    const table = document.querySelector('[role="table"][aria-label="${name}"]')
    for (const each of [table, ...table.querySelectorAll('*'), table.parentElement]) each.scrollTop = each.scrollHeight
  })()`)
}
