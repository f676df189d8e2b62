/** What is bundled: each step, and the watcher. */
import { environments, type Step } from '../lambdas/env.ts'
import type { BundleRequest } from './bundle.ts'

/** A step's function: `index.handler`. */
export function bundleOf(step: Step): BundleRequest {
  return { name: step, entry: `lambdas/${step}/handler.ts`, module: 'index.mjs' }
}

/** The watcher's image. */
export const watcherBundle: BundleRequest = {
  name: 'watcher',
  entry: 'watcher/main.ts',
  module: 'main.mjs',
  beside: ['watcher/Dockerfile'],
}

const isStep = (name: string): name is Step => Object.hasOwn(environments, name)

/** All of them. */
export const bundles: readonly BundleRequest[] = [
  ...Object.keys(environments).filter(isStep).map(bundleOf),
  watcherBundle,
]
