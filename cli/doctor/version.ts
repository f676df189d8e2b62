/** The broker's version, and those of the software that the watcher is made of. */
import process from 'node:process'
import type { Subscription } from '../../domain/dialect.ts'
import { harmless } from '../../domain/text.ts'
// Not every package lets its package.json be imported by its name. When packed it is bundled.
import amqplib from '../../node_modules/amqplib/package.json' with { type: 'json' }
import mqtt from '../../node_modules/mqtt/package.json' with { type: 'json' }
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

export function checkSoftware(): Check {
  const facts = { node: process.versions.node, mqtt: mqtt.version, amqplib: amqplib.version }
  return ok('software', `Node ${facts.node}, MQTT.js ${facts.mqtt}, amqplib ${facts.amqplib}`, { facts })
}
