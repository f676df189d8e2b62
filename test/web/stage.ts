/** The Chromium of this machine, where there is one. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const paths = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(
  (name) => `/usr/bin/${name}`,
)
const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const chromiumPath = [...paths, mac].find(existsSync)
/** In CI it must be there. */
export const noChromium = chromiumPath === undefined && process.env['CI'] !== 'true'

const flags = '--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update'

export async function openBrowser(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const path = chromiumPath === undefined ? {} : { executablePath: chromiumPath }
  return chromium.launch({ ...path, args: [...flags.split(' '), ...sandbox] })
}
