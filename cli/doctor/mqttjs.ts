/** The MQTT.js that a project has installed: which of its known defects end, hide or wedge connections. */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod/mini'
import { type Defect, defectsOf, freeOf } from '../../domain/mqttjs-versions.ts'
import { harmless } from '../../domain/text.ts'
import { type Check, failed, ok, warning } from './check.ts'

const PackageSchema = z.object({ name: z.literal('mqtt'), version: z.string() })

/** Looks where Node would: in the folder's own `node_modules`, then in those above it. */
export function checkMqttjs(folder: string): Check {
  const found = installedIn(resolve(folder))
  if (found === undefined) {
    const advice = [{ text: `Is MQTT.js installed there? In ${harmless(folder, 200)}:`, lines: ['npm install mqtt'] }]
    return failed('mqttjs', `no node_modules/mqtt in ${harmless(folder, 200)} or above it`, { advice })
  }
  const { file, text } = found
  const version = versionIn(text)
  const known = version === undefined ? undefined : defectsOf(version)
  if (version === undefined || known === undefined) {
    return failed('mqttjs', `${harmless(file, 200)} is not the package.json of MQTT.js, or tells no version`)
  }
  const mended = known.filter(({ fixedIn }) => fixedIn !== undefined)
  const free = freeOf(mended)
  const facts = { version, file, defects: known.map(({ name }) => name), ...(free === undefined ? {} : { free }) }
  if (free === undefined) {
    const left = known.length === 1 ? 'one fault' : `${known.length} faults`
    return ok('mqttjs', `MQTT.js ${version}: no defect that a newer version is free of; ${left} that all have`, {
      facts,
    })
  }
  const one = mended.length === 1
  return warning(
    'mqttjs',
    `MQTT.js ${version} has ${mended.length} known ${one ? 'defect' : 'defects'} of connections`,
    {
      advice: [
        ...mended.map((defect) => ({ text: sentenceOf(defect) })),
        { text: `MQTT.js ${free} is free of ${one ? 'it' : 'them all'}:`, lines: [`npm install mqtt@^${free}`] },
      ],
      facts,
    },
  )
}

const places = { node: 'in Node: ', browser: 'in browsers: ' } as const

function sentenceOf({ only, text, fixedIn, source }: Defect): string {
  return `${only === undefined ? '' : places[only]}${text}. Mended in ${fixedIn}: ${source}`
}

function installedIn(folder: string): { readonly file: string; readonly text: string } | undefined {
  const file = join(folder, 'node_modules', 'mqtt', 'package.json')
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch {
    const above = dirname(folder)
    return above === folder ? undefined : installedIn(above)
  }
}

function versionIn(text: string): string | undefined {
  try {
    return PackageSchema.parse(JSON.parse(text)).version
  } catch {
    return undefined
  }
}
