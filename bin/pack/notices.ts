/** The licences of what is bundled: each package that a bundle has a file of, with the text it comes with. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'

const PackageSchema = z.object({
  name: z.string(),
  version: z.string(),
  /** Old packages say it in other forms: their texts tell. */
  license: z.optional(z.unknown()),
})

/** Writes the notices for the files that bundles were made of. */
export function noticesFor(root: string, inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((input) => folderOf(input) ?? []))
  const notices = [...folders].flatMap((folder) => noticeOf(join(root, folder)))
  const list = [...new Set(notices)].toSorted((a, b) => a.localeCompare(b, 'en'))
  return `Keepwatch contains these packages:\n\n${list.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/** The innermost package of a path: packages may hold others. */
function folderOf(input: string): string | undefined {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]
}

function noticeOf(folder: string): string[] {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return []
  const { name, version, license } = z.parse(PackageSchema, JSON.parse(readFileSync(file, 'utf8')))
  const texts = readdirSync(folder)
    .filter((each) => /^(licen[cs]e|notice|copying)/i.test(each))
    .map((each) => readFileSync(join(folder, each), 'utf8').trim())
  const title = typeof license === 'string' ? `${name} ${version} (${license})` : `${name} ${version}`
  return [[title, ...texts].join('\n\n')]
}
