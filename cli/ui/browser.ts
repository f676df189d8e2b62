/** Opens a link in the user's browser, so that no other user sees it. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

/** Words that open what is named behind them. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', '""'],
}

/**
 * Opens it by a file that leads on and that only this user may read: everybody on this machine can see the arguments of a
 * program. Gives what removes the file. Whether a browser came up is not known.
 */
export function openInBrowser(link: string): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-ui-'))
  const file = join(folder, 'open.html')
  writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${link}">\n`, { mode: 0o600 })
  const [program = '', ...words] = openers[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...words, pathToFileURL(file).href], { stdio: 'ignore', detached: true })
  // There is none: the link was printed too.
  child.once('error', () => undefined)
  child.unref()
  return () => rmSync(folder, { recursive: true, force: true })
}
