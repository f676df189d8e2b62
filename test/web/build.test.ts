import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildPage } from '../../web/build.ts'

let files: ReadonlyMap<string, Uint8Array>

beforeAll(async () => {
  files = await buildPage()
})

function text(ending: string): string {
  const name = [...files.keys()].find((each) => each.endsWith(ending)) ?? ''
  return Buffer.from(files.get(name) ?? []).toString()
}

describe('the built page', () => {
  it('is an index, a script and a style sheet named by what they hold, and an icon', () => {
    const names = [...files.keys()].toSorted()
    expect(names.map((name) => name.replace(/-[A-Z0-9]{8}\./, '.')).toSorted()).toEqual([
      'icon.svg',
      'index.html',
      'main.css',
      'main.js',
    ])
    for (const name of names.slice(2)) expect(text('index.html')).toContain(`"/${name}"`)
  })
  it('is under 150 KB gzipped in all', () => {
    const bytes = [...files.values()].reduce((sum, content) => sum + gzipSync(content).length, 0)
    expect(bytes).toBeLessThan(150_000)
  })
  it('holds no inline script or style, and asks nothing of another origin', () => {
    const html = text('index.html')
    expect(html).not.toMatch(/<style|style=|<script(?![^>]* src="\/)|\son\w+=/)
    for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^\/[^/]/)
    expect(text('.css')).not.toMatch(/url\(|@import/)
    expect(text('.js')).not.toMatch(/(?:src|href|from|import\(|fetch\()\W{0,4}(?:https?:|wss?:)?\/\//)
  })
})
