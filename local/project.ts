/** Where this Keepwatch runs from: a checkout with its sources, or an installed package with what was made of them. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

export interface Project {
  /** Below it lies `.keepwatch`, where assemblies are kept. */
  readonly folder: string
  /** Script that synthesizes the CDK application. */
  readonly application: string
  /** Where the inputs lie. */
  readonly source: string
  /** Files and folders that an assembly is made from, besides the configuration. */
  readonly inputs: readonly string[]
}

const sources = ['bin', 'lib', 'api', 'lambdas', 'watcher', 'store', 'codec', 'domain', 'package-lock.json', 'cdk.json']

/** The checkout in a folder. */
export function checkoutIn(folder: string): Project {
  return { folder, application: join(folder, 'bin', 'keepwatch.ts'), source: folder, inputs: sources }
}

/** In a checkout its folder, in a package that of what was packed: `docs/decisions/0018-the-package.md`. */
const here = join(import.meta.dirname, '..')

/** Are there sources to make everything from? */
export const isCheckout = existsSync(join(here, 'bin', 'keepwatch.ts'))

/** What runs now. An installed package keeps its assemblies in the working directory, as it does its data. */
export function ownProject(): Project {
  if (isCheckout) return checkoutIn(here)
  const application = join(here, 'application', 'main.js')
  return { folder: process.cwd(), application, source: here, inputs: ['application', 'steps'] }
}
