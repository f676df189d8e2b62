/** The broker's version, and those of the software that the watcher is made of. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import process from 'node:process'
import * as z from 'zod/mini'
import type { Subscription } from '../../domain/dialect.ts'
import { harmless } from '../../domain/text.ts'
import { type Check, ok, skipped } from './check.ts'
import type { Opening } from './opening.ts'
import type { Subject } from './subject.ts'

const versionFilters: Readonly<Record<string, string>> = {
  emqx: '$SYS/brokers/+/version',
  mochi: '$SYS/broker/version',
}

/** What to subscribe to besides, so that the broker tells its version. */
export function versionSubscriptions({ dialect }: Subject): Subscription[] {
  const filter = versionFilters[dialect.name]
  return filter === undefined ? [] : [{ filter, qos: 0, purpose: 'the version', essential: false }]
}

export function checkVersion({ dialect }: Subject, { heard }: Opening): Check {
  const told = heard.told('/version')
  if (told === undefined) return skipped('version', `${dialect.name} did not tell its version`)
  const version = harmless(told, 100)
  return ok('version', version, { facts: { version } })
}

const PackageSchema = z.object({ version: z.string() })

export function checkSoftware(): Check {
  const facts = { node: process.versions.node, mqtt: versionOf('mqtt'), amqplib: versionOf('amqplib') }
  return ok('software', `Node ${facts.node}, MQTT.js ${facts.mqtt}, amqplib ${facts.amqplib}`, { facts })
}

/** Not every package lets its package.json be imported: it lies above its entry. */
function versionOf(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name)
  const folder = entry.slice(0, entry.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}/`.length)
  return PackageSchema.parse(JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))).version
}
