import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileId, plant } from './plant.ts'
import { faultsOf, noChromium, openBrowser, openStage } from './stage.ts'

if (noChromium) console.warn('test/web/fleet.test.ts: no Chromium here, so the page is not tried in a browser.')

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let browser: Browser
let stage: Awaited<ReturnType<typeof openStage>>

beforeAll(async () => {
  if (noChromium) return
  ;[browser, stage] = await Promise.all([openBrowser(), openStage(plant(4))])
})
afterAll(async () => {
  await browser?.close()
  await stage?.stop()
})

/** The page at a path, with the faults it must not have. */
async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const faults = faultsOf(page, stage.origin)
  await page.goto(stage.origin + path)
  await page.getByRole('row').nth(1).waitFor()
  return { page, faults, close: async () => context.close() }
}

const search = (page: Page) => new URL(page.url()).search

describe.skipIf(noChromium)('the Fleet page in Chromium', () => {
  it('shows brokers, charts, balance, alerts and blind times', async () => {
    const { page, faults, close } = await open('/')
    expect(await page.title()).toBe('Fleet · Keepwatch')
    expect(await page.getByRole('table', { name: 'Brokers of plant' }).getAttribute('aria-rowcount')).toBe('5')
    const chart = page.getByRole('img', { name: /^Abnormal disconnects per minute\. Abnormal: last 10 at / })
    await chart.waitFor()
    expect(await chart.getAttribute('aria-label')).toContain('1 gap without record. 1 alert marked.')
    await page.getByText('We were blind').waitFor()
    await page.getByText('1 of 1 feed up').waitFor()
    await page.getByText('Moving 300 clients would make it fair').click()
    await page.getByText('emqx ctl rebalance start').waitFor()
    await page.getByRole('link', { name: 'Alerts 1 open' }).waitFor()
    expect(faults).toEqual([])
    await close()
  })
  it('keeps a token out of the address, and says it when it asks', async () => {
    const { page, close } = await open('/')
    const request = page.waitForRequest((each) => each.url().includes('/v1/') && 'authorization' in each.headers())
    await page.goto(`${stage.origin}/?last=6h#token=${stage.token}`)
    expect((await request).headers()['authorization']).toBe(`Bearer ${stage.token}`)
    expect(page.url()).toBe(`${stage.origin}/?last=6h`)
    await close()
  })
  it('zooms where a chart is dragged over, and back leads back', async () => {
    const { page, close } = await open('/')
    const box = await page.locator('.u-over').first().boundingBox()
    if (box === null) throw new Error('no plot')
    await page.mouse.move(box.x + 100, box.y + 40)
    await page.mouse.down()
    await page.mouse.move(box.x + 250, box.y + 50, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL(/from=.*to=/)
    await page.getByRole('button', { name: '❚❚ Held' }).waitFor()
    await page.goBack()
    expect(search(page)).toBe('')
    await close()
  })
  it('is used by keys alone: skip link, find a client, its page', async () => {
    const { page, faults, close } = await open('/')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip to the content')
    await page.getByRole('searchbox').focus()
    await page.getByText('Beginnings of ids are not searched.', { exact: false }).last().waitFor()
    const found = page.getByRole('search').getByRole('link')
    await expect.poll(async () => found.count()).toBe(2)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/clientId=/)
    expect(new URL(page.url()).searchParams.get('clientId')).toBe(hostileId)
    expect(faults).toEqual([])
    await close()
  })
  it('shows what clients call themselves as text, and links the longest by its digest', async () => {
    const { page, faults, close } = await open('/')
    await page.getByRole('searchbox').focus()
    const links = page.getByRole('search').getByRole('link')
    await expect.poll(async () => links.count()).toBe(2)
    expect(await links.first().innerText()).toContain('\\u{202e}gnp.<img src=x')
    expect(await links.last().getAttribute('href')).toMatch(/clientId=sha256%3A[0-9a-f]{64}$/)
    expect(await page.evaluate('document.querySelectorAll("main img, .find img, main script").length')).toBe(0)
    expect(faults).toEqual([])
    await close()
  })
  it.each(['light', 'dark'] as const)('has no fault that axe knows in the %s theme', async (colorScheme) => {
    // axe is put into the page, which its policy forbids.
    const { page, close } = await open('/', { colorScheme, bypassCSP: true })
    await page.getByRole('button', { name: 'Table of Connected clients' }).click()
    await page.getByRole('searchbox').focus()
    await page.getByRole('search').getByRole('link').first().waitFor()
    await page.evaluate(axe)
    const { violations } = await page.evaluate<AxeResults>('axe.run(document)')
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
    await close()
  })
  it('needs no more width than a phone has', async () => {
    const { page, close } = await open('/', { viewport: { width: 360, height: 740 } })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    await close()
  })
  it('of a thousand brokers draws those in view, and sorts them all', async () => {
    stage.world.answers = plant(1000)
    const { page, close } = await open('/')
    const rows = page.getByRole('table', { name: 'Brokers of plant' }).getByRole('row')
    await page.getByRole('button', { name: 'Connected', exact: true }).click()
    await expect.poll(async () => rows.nth(1).innerText()).toContain('b1000')
    expect(await rows.count()).toBeLessThan(60)
    await close()
    stage.world.answers = plant(4)
  })
  it('says what is wrong instead of an answer, and asks again when told', async () => {
    const { page, close } = await open('/')
    stage.world.answers = {}
    await page.reload()
    await page.getByText('There is no /v1/brokers.').first().waitFor()
    expect(await page.getByRole('table').count()).toBe(0)
    stage.world.answers = plant(4)
    await page.getByRole('button', { name: 'Ask again' }).first().click()
    await page.getByRole('table', { name: 'Brokers of plant' }).waitFor()
    await close()
  })
})
