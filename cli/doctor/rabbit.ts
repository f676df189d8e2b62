/** RabbitMQ's login, over AMQP: are we let in, and what does it say of itself? */
import { connect } from 'amqplib'
import { harmless } from '../../domain/text.ts'
import { amqpEndingOf, faultOf } from '../../watcher/amqp-ending.ts'
import { connectOptionsOf } from '../../watcher/amqp-options.ts'
import { type Check, failed, ok } from './check.ts'
import type { Known } from './subject.ts'

/** The login, and where we are let in the version. */
export interface Greeting {
  readonly login: Check
  readonly version?: Check
}

/** Logs in, hears what RabbitMQ says of itself, and leaves. Never rejects. */
export async function greetRabbit(subject: Known): Promise<Greeting> {
  const { feed, credentials, probeId: clientId } = subject
  try {
    const model = await connect(...connectOptionsOf({ ...unheard, feed, credentials, clientId }))
    const { product, version } = model.connection.serverProperties
    await model.close()
    const told = harmless(`${product} ${version}`, 100)
    return {
      login: ok('login', 'let in over AMQP 0-9-1', { facts: { protocol: 'AMQP 0-9-1' } }),
      version: ok('version', told, { facts: { version: told } }),
    }
  } catch (error) {
    const attempted = { feed, clientId, protocol: 4 as const }
    return { login: failed('login', amqpEndingOf({ accepted: false, error: faultOf(error) }, attempted).words) }
  }
}

/** A link that only says hello. */
const unheard = {
  protocol: 4,
  clean: true,
  subscriptions: [],
  onPacket: () => undefined,
  onMessage: () => undefined,
  onPressing: () => undefined,
} as const
