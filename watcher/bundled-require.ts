/** Gives bundled CommonJS packages the `require` an ES module lacks. Imported before them; without a bundler it changes nothing. */
import { createRequire } from 'node:module'

if (!('require' in globalThis)) Object.assign(globalThis, { require: createRequire(import.meta.url) })
