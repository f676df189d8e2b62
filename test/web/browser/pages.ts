/** Each page shows what the record holds, leads on to the next by clicks and by keys, and fits a phone. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { hrefOf } from '../../../web/routes.ts'
import { cutId, gapReason, sharedId } from './record.ts'
import { eventually } from './eventually.ts'
import { type Given, settled } from './stage.ts'

const usual = { kind: 'last', minutes: 60 } as const

/** Where each page is, with something on it, by its name. */
export async function places({ get }: Given): Promise<Readonly<Record<string, string>>> {
  const { alerts } = await get('/v1/alerts?status=open&cluster=plant&limit=100')
  const alertOf = (kind: string, broker: string): string =>
    alerts.find((each: any) => each.kind === kind && each.broker === broker)?.id ?? `no ${kind} of ${broker}`
  return {
    Fleet: '/?cluster=plant',
    Broker: hrefOf({ page: 'broker', cluster: 'plant', broker: 'emqx-2' }, usual),
    Client: hrefOf({ page: 'client', cluster: 'plant', clientId: sharedId }, usual),
    Alerts: '/alerts',
    'Alert of a broker': hrefOf({ page: 'alert', id: alertOf('disconnect_rate', 'emqx-2') }, usual),
    'Alert of a client': hrefOf({ page: 'alert', id: alertOf('takeover_loop', 'emqx-1') }, usual),
  }
}

export const panel = (page: Page, title: string) =>
  page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: title, exact: true }) })

export function testPages(given: Given): void {
  describe('each page shows what the record holds', () => {
    it('Fleet: shares, charts with band, gap and alert marks, open alerts', async () => {
      const { page, faults, close } = await given.open('/?cluster=plant')
      const rows = page.getByRole('table', { name: 'Brokers of plant' }).getByRole('row')
      await rows.nth(3).waitFor()
      const starved = rows.filter({ hasText: 'emqx-3' })
      expect(await starved.innerText()).toMatch(/5 %/)
      const chart = page.getByRole('img', { name: /^Abnormal disconnects per minute\./ })
      await eventually(async () => chart.getAttribute('aria-label')).toMatch(/gaps? without record\. 3 alerts marked/)
      expect(await chart.getAttribute('aria-label')).toContain('Expected')
      await page.getByText(gapReason).first().waitFor()
      const alerts = panel(page, 'Open alerts')
      await alerts.getByRole('link', { name: /Take-over loop/ }).waitFor()
      expect(await alerts.getByRole('link').first().innerText()).toContain('Imbalance')
      expect(faults).toEqual([])
      await close()
    })
    it('Broker: ends by cause, ages with the idle limit, clients that stood out, why', async () => {
      const { page, faults, close } = await given.open((await given.places())['Broker'] ?? '')
      const byCause = page.getByRole('img', { name: /^Disconnects per minute, by cause\./ })
      await eventually(async () => byCause.getAttribute('aria-label')).toMatch(/network eof/i)
      const ages = panel(page, 'Age of sessions when they ended')
      await ages.getByText('Many ended near a known idle limit.').waitFor()
      expect(await ages.getByRole('listitem').allInnerTexts()).toContainEqual(
        expect.stringMatching(/5 min 50 s: AWS network/),
      )
      await panel(page, 'Clients that stood out').getByRole('link').first().waitFor()
      await panel(page, 'Why').getByText('Something on the path cuts idle connections').waitFor()
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('emqx-2')
      expect(faults).toEqual([])
      await close()
    })
    it('Client: lanes of both views, its cause and remedy, its events', async () => {
      const { page, faults, close } = await given.open((await given.places())['Client'] ?? '')
      const lanes = page.getByRole('application', { name: /^Sessions over time/ })
      await lanes.getByText('client', { exact: true }).waitFor()
      await lanes.getByText('broker', { exact: true }).waitFor()
      await panel(page, 'Why').getByText('Two clients use one client id').waitFor()
      await panel(page, 'Why')
        .getByText(/Give each its own client id/)
        .waitFor()
      const events = panel(page, 'Events')
      await events.getByText('takenover').first().waitFor()
      await events.getByRole('cell', { name: 'client', exact: true }).first().waitFor()
      await page.getByRole('list', { name: 'Open alerts that name this client' }).getByRole('link').first().waitFor()
      expect(faults).toEqual([])
      await close()
    })
    it('Client: one that is cut at an age gets the keepalive that would help', async () => {
      const path = hrefOf({ page: 'client', cluster: 'plant', clientId: cutId }, usual)
      const { page, close } = await given.open(path)
      const why = panel(page, 'Why')
      await eventually(async () => why.innerText()).toContain('Something on the path cuts idle connections')
      expect(await why.innerText()).toContain('Set the keepalive to 230 s or less')
      await close()
    })
    it('Alerts: the open ones worst first; one alert with its story, minutes and cause', async () => {
      const { page, faults, close } = await given.open('/alerts?cluster=plant')
      const rows = page.getByRole('list', { name: 'Open alerts' }).locator('> li')
      await eventually(async () => rows.count()).toBe(3)
      expect(await rows.first().innerText()).toMatch(/Imbalance[^]*critical/)
      await rows.getByRole('link', { name: 'Disconnect rate, broker emqx-2' }).click()
      await panel(page, 'What happened').getByText('Opened, warning').waitFor()
      await panel(page, 'Why').getByText('Something on the path cuts idle connections').waitFor()
      await page.getByRole('img', { name: /^Abnormal disconnects of emqx-2 per minute/ }).waitFor()
      expect(faults).toEqual([])
      await close()
    })
  })

  describe('from the printed link to the cause', () => {
    it('by clicks: open alerts, the alert, its top client, its cause and remedy; back leads back', async () => {
      const { page, faults, close } = await given.open(given.stage.link)
      await page.getByRole('link', { name: /^Alerts/ }).click()
      await page.getByRole('link', { name: `Take-over loop, client ${sharedId}` }).click()
      const alert = page.url()
      await panel(page, 'Who').getByRole('link', { name: sharedId }).click()
      await panel(page, 'Why').getByText('Two clients use one client id').waitFor()
      await panel(page, 'Why')
        .getByText(/Give each its own client id/)
        .waitFor()
      await page.goBack()
      await panel(page, 'Who').waitFor()
      expect(page.url()).toBe(alert)
      await page.goBack()
      await page.getByRole('list', { name: 'Open alerts' }).waitFor()
      expect(faults).toEqual([])
      await close()
    })
    it('by keys alone', async () => {
      const { page, faults, close } = await given.open(given.stage.link)
      await page.getByRole('link', { name: /^Alerts \d+ open/ }).waitFor()
      await tabTo(page, /^Alerts/)
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: `Take-over loop, client ${sharedId}` }).waitFor()
      await tabTo(page, new RegExp(`^Take-over loop, client ${sharedId}`))
      await page.keyboard.press('Enter')
      await panel(page, 'Who').getByRole('link', { name: sharedId }).waitFor()
      await tabTo(page, new RegExp(`^${sharedId}$`))
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: sharedId }).waitFor()
      await panel(page, 'Why')
        .getByText(/Give each its own client id/)
        .waitFor()
      expect(faults).toEqual([])
      await close()
    })
    it('by a link to an alert that somebody was sent', async () => {
      const path = (await given.places())['Alert of a client'] ?? ''
      const { page, close } = await given.open(path)
      await panel(page, 'Why').getByText('Two clients use one client id').waitFor()
      expect(await page.title()).toContain(`Take-over loop, client ${sharedId}`)
      await close()
    })
  })

  it('a part of a chart that is marked becomes the span of the address, and back undoes it', async () => {
    const { page, close } = await given.open('/?cluster=plant')
    const plot = page.locator('.u-over').first()
    await plot.waitFor()
    const box = await plot.boundingBox()
    if (box === null) throw new Error('no plot')
    await page.mouse.move(box.x + 100, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + 250, box.y + 50, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/from=.*to=/)
    await page.goBack()
    await eventually(() => page.url()).not.toContain('from=')
    expect(new URL(page.url()).search).toBe('?cluster=plant')
    await close()
  })

  it('no page needs more width than a phone has', async () => {
    const { page, close } = await given.open('/', { viewport: { width: 360, height: 740 }, hasTouch: true })
    const wide: Record<string, unknown> = {}
    for (const [name, path] of Object.entries(await given.places())) {
      await page.goto(given.stage.system.url + path)
      await settled(page)
      const width = await page.evaluate('document.documentElement.scrollWidth')
      if (Number(width) > 360) wide[name] = await page.evaluate(widest)
    }
    expect(wide).toEqual({})
    await close()
  })
}

/** What reaches beyond the right edge, for who has to mend it. */
const widest = `[...document.querySelectorAll('main *, .header *, .banners *')]
  .filter((each) => each.getBoundingClientRect().right > 361)
  .map((each) => each.tagName + '.' + each.className + ' ' + each.textContent.slice(0, 60)).slice(0, 6)`

/** Presses Tab until what is focused has such a text; fails when the end of the page comes before. */
async function tabTo(page: Page, text: RegExp): Promise<void> {
  for (let count = 0; count < 80; count += 1) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate('document.activeElement?.textContent.trim() ?? ""')
    if (text.test(String(focused))) return
  }
  throw new Error(`80 times Tab do not lead to ${text}`)
}
