/** What clients and brokers call themselves is shown, and does nothing: on every page, in text, attributes, links, title. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { hrefOf } from '../../../web/routes.ts'
import { hostile, hostileBroker, hostileCluster, longestDigest } from './record.ts'
import { type Given, settled } from './stage.ts'

const usual = { kind: 'last', minutes: 60 } as const
const clientPath = (clientId: string) => hrefOf({ page: 'client', cluster: hostileCluster, clientId }, usual)

export function testHostile(given: Given): void {
  describe('names that are made to harm', () => {
    it('on the Fleet page, in the search and on the Broker page', async () => {
      const { page, faults, close } = await given.open(`/?cluster=${hostileCluster}`)
      await settled(page)
      await page.getByRole('searchbox').focus()
      await page.getByRole('search').getByRole('link').nth(8).waitFor()
      expect(await harmIn(page)).toEqual(none)
      await page.getByRole('search').getByRole('link').first().click()
      await page.waitForURL(/clientId=/)
      await page.goto(
        given.stage.system.url + hrefOf({ page: 'broker', cluster: hostileCluster, broker: hostileBroker }, usual),
      )
      await settled(page)
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('<img src=x onerror=hurt("broker")>')
      expect(await page.title()).toContain('\\u{202e}__proto__')
      expect(await harmIn(page)).toEqual(none)
      expect(faults).toEqual([])
      await close()
    })
    it.each([...Object.entries(hostile), ['longest', longestDigest]])('on the page of a client: %s', async (_, id) => {
      const { page, faults, close } = await given.open(clientPath(id))
      await page.getByRole('application', { name: /^Sessions over time/ }).waitFor()
      await page
        .getByText(/^Two clients use one client id$/)
        .first()
        .waitFor()
      await settled(page)
      expect(await harmIn(page)).toEqual(none)
      expect(faults).toEqual([])
      await close()
    })
    it('in the list of alerts and on their pages', async () => {
      const { page, faults, close } = await given.open('/alerts')
      await settled(page)
      expect(await harmIn(page)).toEqual(none)
      const { alerts } = await given.get(`/v1/alerts?cluster=${hostileCluster}&status=open&limit=100`)
      const told = alerts.filter(
        ({ kind, clientId }: any) => kind === 'disconnect_rate' || [hostile.image, hostile.turned].includes(clientId),
      )
      expect(told.length).toBeGreaterThan(2)
      for (const { id } of told) {
        await page.goto(given.stage.system.url + hrefOf({ page: 'alert', id }, usual))
        await settled(page)
        expect(await harmIn(page)).toEqual(none)
      }
      expect(faults).toEqual([])
      await close()
    })
  })
}

const none = { elements: [], links: [], text: [] }

/** Elements that the page does not make, links that lead astray, characters that act instead of being shown. */
async function harmIn(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const all = [...document.querySelectorAll('*')]
    const own = (each) => each.matches('head *, img[src="/icon.svg"]')
    const foreign = 'script, img, svg, iframe, object, embed, link, meta, base, style, [onerror], [onload], [onclick], [srcdoc]'
    const astray = [...document.querySelectorAll('a[href]')].filter((each) =>
      !(each.origin === location.origin || (each.protocol === 'https:' && each.rel.includes('noreferrer'))))
    const acting = /(?![\\n\\t])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]/u
    const texts = all.flatMap((each) => [...each.attributes].filter(({ name }) => !['href', 'value', 'data-row'].includes(name))
      .map(({ name, value }) => name + '=' + value))
    return {
      elements: all.filter((each) => each.matches(foreign) && !own(each)).map((each) => each.outerHTML.slice(0, 200)),
      links: astray.map((each) => each.outerHTML.slice(0, 200)),
      text: [document.title, document.body.innerText, ...texts].filter((each) => acting.test(each))
        .map((each) => JSON.stringify(each.slice(Math.max(0, each.search(acting) - 60)).slice(0, 120))),
    }
  })()`)
}
