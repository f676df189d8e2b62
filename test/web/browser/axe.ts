/** Whether everybody can use the pages, as far as axe knows: WCAG 2 A and AA, in light and dark, on a desk and on a phone. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { type Given, settled } from './stage.ts'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = {
  resultTypes: ['violations'],
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}
/** Marks of alerts stand at their times, as pins do on a map, however near: what 2.5.8 calls essential. */
const placed = /^<a [^>]*class="mark /
const desk = { width: 1280, height: 900 }
const phone = { width: 360, height: 740 }

/** axe is put into the page, which its policy forbids. */
export const forAxe = { bypassCSP: true, reducedMotion: 'reduce' } as const

/** Each theme and each width once: what a theme changes does not depend on the width. */
const looks = [
  ['light', desk, 'light'],
  ['dark, narrow', phone, 'dark'],
] as const

/** What axe finds on the page as it is now, by the look in which it was found. `few`: where little is shown. */
export async function axeFaults(page: Page, { few = false } = {}): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {}
  await page.evaluate(source)
  for (const [look, size, colorScheme] of few ? looks.slice(0, 1) : looks) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(rules)})`)
    const faults = violations.flatMap(({ id, nodes }) =>
      nodes
        .filter(({ html }) => !(id === 'target-size' && placed.test(html)))
        .map(({ html }) => [id, html.slice(0, 200)]),
    )
    if (faults.length > 0) found[look] = faults
  }
  await page.setViewportSize(desk)
  return found
}

export function testAxe(given: Given): void {
  describe('everybody can use', () => {
    it.each(['Fleet', 'Broker', 'Client', 'Alerts', 'Alert of a broker', 'Alert of a client'])('%s', async (name) => {
      const path = (await given.places())[name] ?? ''
      const { page, close } = await given.open(`${path}#token=${given.stage.system.token}`, forAxe)
      await settled(page)
      await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true')
      expect(await axeFaults(page)).toEqual({})
      await close()
    })
  })
}
