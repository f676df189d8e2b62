/** When there is nothing to show: no record yet, nothing by that name, no server. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeFaults, forAxe } from './axe.ts'
import { eventually } from './eventually.ts'
import { openSmallStage, type SmallStage } from './in-process.ts'
import { type Given, openPage, settled } from './stage.ts'

export function testSmall(given: Pick<Given, 'browser'>): void {
  let stage: SmallStage
  beforeAll(async () => {
    stage = await openSmallStage()
  })
  afterAll(async () => stage?.stop())

  describe('an empty record', () => {
    it.each([
      ['Fleet', '/', /emqx-1/],
      ['Broker', '/clusters/plant/brokers/emqx-1', /emqx-1/],
      ['a broker that nobody knows', '/clusters/plant/brokers/none', /No such broker is known/],
      ['a client that nobody knows', '/clusters/plant/clients?clientId=none', /none/],
      ['Alerts', '/alerts', /Nothing|No alert/],
      ['an alert that nobody knows', '/alerts/none', /No alert has this id/],
      ['an address that shows nothing', '/nowhere', /This address shows nothing/],
    ])('%s: says so, and everybody can use it', async (_, path, text) => {
      const { page, faults, close } = await openPage(given.browser, stage.origin + path, forAxe)
      await settled(page)
      expect(await page.locator('main').innerText()).toMatch(text)
      expect(await axeFaults(page, { few: true })).toEqual({})
      expect(faults).toEqual([])
      await close()
    })
  })

  it('a server that is gone: says so, keeps what it showed, and is well again when the server is back', async () => {
    const { page, faults, close } = await openPage(given.browser, `${stage.origin}/`, forAxe)
    await page.clock.install()
    await page.reload()
    await settled(page)
    await stage.leave()
    // It asks every quarter of a minute, and later when nobody answers.
    await page.clock.fastForward(16_000)
    await page.getByText('connection lost').waitFor()
    await page.getByText('This is as it was before.').waitFor()
    expect(await page.getByRole('table', { name: 'Brokers of plant' }).count()).toBe(1)
    // What was not asked before, cannot be shown.
    await go(page, 'Alerts')
    await page.getByRole('alert').first().waitFor()
    expect(await axeFaults(page, { few: true })).toEqual({})
    await stage.comeBack()
    await page.clock.fastForward(61_000)
    await eventually(async () => page.getByText('connection lost').count()).toBe(0)
    await eventually(async () => page.getByRole('alert').count()).toBe(0)
    expect(faults).toEqual([])
    await close()
  })
}

async function go(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
}
