/** How fast the page answers to whoever uses it, with a thousand brokers and a client of 100,000 events; and what it weighs. */
import process from 'node:process'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { busyClient, openStageOfMany } from '../test/web/browser/many.ts'
import { noChromium, openBrowser } from '../test/web/stage.ts'
import { buildPage } from '../web/build.ts'
import { median, printTable } from './table.ts'

const brokers = 1000
const events = 100_000
/** What feels like at once [web.dev/rail]. */
const limitMs = 100

/** What Chromium measured: interactions of 16 ms and more [Event Timing], tasks of more than 50 ms [Long Tasks]. */
const observing = `
  globalThis.measured = { interactions: new Map(), tasks: [] }
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries()) {
      if (interactionId > 0) measured.interactions.set(interactionId, Math.max(duration, measured.interactions.get(interactionId) ?? 0))
    }
  }).observe({ type: 'event', durationThreshold: 16, buffered: true })
  new PerformanceObserver((list) => measured.tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask', buffered: true })
`
interface Measured {
  readonly interactions: readonly number[]
  readonly tasks: readonly number[]
}

export async function benchPage(): Promise<void> {
  await weigh()
  if (noChromium) {
    process.stdout.write('\nThere is no Chromium here (apt-get install chromium): nothing else is measured.\n')
    return
  }
  const [browser, stage] = await Promise.all([openBrowser(), openStageOfMany({ brokers, events })])
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.addInitScript(observing)
    await page.goto(stage.origin)
    await page.getByRole('table').getByRole('row').nth(5).waitFor()
    const fleet = await useFleet(page)
    await page.goto(stage.origin + stage.clientPath)
    const few = await useClient(page, '5,000 events')
    const startedMs = performance.now()
    await loadAll(page)
    const loadedMs = performance.now() - startedMs
    const all = await useClient(page, `${events.toLocaleString('en')} events`)
    process.stdout.write(
      `\n${brokers} brokers; a client with ${events} events, loaded in ${Math.round(loadedMs)} ms.\n\n`,
    )
    printTable([...fleet, ...few, ...all])
  } finally {
    await browser.close()
    await stage.stop()
  }
}

async function weigh(): Promise<void> {
  const files = [...(await buildPage())]
  const rows = files.map(([name, bytes]) => [
    name,
    bytes.length,
    gzipSync(bytes).length,
    brotliCompressSync(bytes).length,
  ])
  const sum = (at: number) => rows.reduce((total, row) => total + Number(row[at]), 0)
  printTable(
    [...rows, ['all', sum(1), sum(2), sum(3)]].map(([file = '', bytes = '', gzip = '', brotli = '']) => {
      return { file, bytes, gzip, brotli }
    }),
  )
}

/** Does something and reports how long it took to show. */
async function time(page: Page, what: string, act: () => Promise<unknown>) {
  await page.waitForTimeout(300)
  await page.evaluate('measured.interactions.clear(); measured.tasks.length = 0')
  await act()
  // Entries are told after the next frame.
  await page.waitForTimeout(500)
  const { interactions, tasks } = await page.evaluate<Measured>(
    '({ interactions: [...measured.interactions.values()], tasks: measured.tasks })',
  )
  const worst = Math.max(0, ...interactions)
  return {
    what,
    interactions: interactions.length,
    'median ms': interactions.length === 0 ? '' : median(interactions),
    'worst ms': interactions.length === 0 ? '' : worst,
    'at most': limitMs,
    'tasks > 50 ms': tasks.length,
    'longest task ms': Math.round(Math.max(0, ...tasks)) || '',
  }
}

async function useFleet(page: Page) {
  const table = page.getByRole('table', { name: 'Brokers of plant' })
  return [
    await time(page, 'Fleet: sort', async () => {
      for (const name of ['Connected', 'Abnormal', 'Connects', 'Broker']) {
        for (let count = 0; count < 2; count += 1) await table.getByRole('button', { name, exact: true }).click()
      }
    }),
    await time(page, 'Fleet: type into the search', async () =>
      page.getByRole('searchbox').first().pressSequentially('pump-1234-in-hall-7', { delay: 30 }),
    ),
    await time(page, 'Fleet: scroll', async () => scroll(page, 'Brokers of plant')),
    await time(page, 'Fleet: zoom in a chart', async () => {
      const box = await page.locator('.u-over').first().boundingBox()
      if (box === null) throw new Error('no plot')
      await page.mouse.move(box.x + 100, box.y + 40)
      await page.mouse.down()
      await page.mouse.move(box.x + 260, box.y + 50, { steps: 8 })
      await page.mouse.up()
      await page.waitForURL(/from=/)
      await page.goBack()
    }),
    await time(page, 'to Alerts and back', async () => {
      for (let count = 0; count < 3; count += 1) {
        for (const name of ['Alerts', 'Fleet']) {
          await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
          await page.getByRole('heading', { level: 1, name }).waitFor()
        }
      }
    }),
  ]
}

async function useClient(page: Page, of: string) {
  const lanes = page.getByRole('application', { name: /^Sessions over time/ })
  await page
    .getByRole('button', { name: 'Load older events' })
    .or(page.getByText(`reason ${events - 2}`))
    .or(page.getByText(/^[\d,]+ events$/))
    .first()
    .waitFor({ timeout: 60_000 })
  await lanes.waitFor()
  return [
    await time(page, `Client, ${of}: zoom and move in the lanes`, async () => {
      await lanes.focus()
      for (const key of ['+', '+', '+', 'ArrowLeft', 'ArrowLeft', 'ArrowRight', '-', '-', 'Escape', 'End', 'Home']) {
        await page.keyboard.press(key)
      }
    }),
    await time(page, `Client, ${of}: point along the lanes`, async () => {
      const box = await lanes.boundingBox()
      if (box !== null) await page.mouse.move(box.x + 100, box.y + 30)
      if (box !== null) await page.mouse.move(box.x + box.width - 40, box.y + 30, { steps: 40 })
    }),
    await time(page, `Client, ${of}: scroll`, async () => scroll(page, 'Events of the client')),
    await time(page, `Client, ${of}: filter by cause, and all again`, async () => {
      await page.locator('.lane-legend').getByRole('button').first().click()
      await page.getByRole('button', { name: 'All events' }).click()
    }),
    await time(page, `Client, ${of}: type an address`, async () => {
      await page.getByRole('searchbox', { name: 'Address begins with' }).pressSequentially('10.1.2', { delay: 30 })
    }),
    await time(page, `Client, ${of}: all events again`, async () => {
      await page.getByRole('searchbox', { name: 'Address begins with' }).fill('')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
    }),
  ]
}

async function scroll(page: Page, table: string): Promise<void> {
  await page.getByRole('table', { name: table }).getByRole('row').nth(3).hover()
  for (let count = 0; count < 20; count += 1) {
    await page.mouse.wheel(0, 900)
    await page.waitForTimeout(30)
  }
  await page.mouse.wheel(0, -40_000)
}

/** Presses for older events until there are no more. */
async function loadAll(page: Page): Promise<void> {
  const last = page.getByText(`${events.toLocaleString('en')} events`, { exact: true })
  const older = page.getByRole('button', { name: 'Load older events' })
  while (!(await last.isVisible())) {
    if (await older.isVisible()) await older.click()
    await page.waitForTimeout(50)
  }
  await page.getByText(busyClient).first().waitFor()
}
