/** Can the broker be reached: is its name known, does anybody listen there? */
import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { endingOf } from '../../watcher/ending.ts'
import { type Check, failed, ok } from './check.ts'
import type { Subject } from './subject.ts'

export interface Place {
  /** IPv6 addresses without brackets. */
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
}

const defaultPorts: Readonly<Record<string, number>> = {
  'mqtt:': 1883,
  'mqtts:': 8883,
  'ws:': 80,
  'wss:': 443,
  'amqp:': 5672,
  'amqps:': 5671,
}

export function placeOf(url: string): Place {
  const { protocol, hostname, port } = new URL(url)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (defaultPorts[protocol] ?? 0) : Number(port),
    isSecure: ['mqtts:', 'wss:', 'amqps:'].includes(protocol),
  }
}

export async function checkDns({ host }: Place, { timeoutMs }: Subject): Promise<Check> {
  if (isIP(host) !== 0) return ok('dns', `${host} is an address`, { facts: { addresses: [host] } })
  const giveUp = new AbortController()
  const found = await Promise.race([
    lookup(host, { all: true }).then(
      (each) => each.map(({ address }) => address),
      (error: unknown) => codeOf(error),
    ),
    sleep(timeoutMs, 'ETIMEDOUT', { signal: giveUp.signal }).catch(() => ''),
  ])
  giveUp.abort()
  if (typeof found !== 'string') return ok('dns', `${host} is ${found.join(', ')}`, { facts: { addresses: found } })
  const text = 'Correct the url. A name that only your own network knows must be known where the watcher runs, too.'
  return failed('dns', `DNS does not know ${host} (${found})`, { advice: [{ text }], facts: { code: found } })
}

export async function checkTcp({ host, port }: Place, { feed, timeoutMs, probeId }: Subject): Promise<Check> {
  const startedMs = performance.now()
  const fault = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host, port })
    const done = (code?: string) => {
      clearTimeout(timer)
      resolve(code)
      socket.destroy()
    }
    const timer = setTimeout(() => done('ETIMEDOUT'), timeoutMs)
    socket.once('connect', () => done())
    socket.once('error', (error) => done(codeOf(error)))
  })
  const ms = Math.round(performance.now() - startedMs)
  if (fault === undefined) return ok('tcp', `${host} port ${port} answered in ${ms} ms`, { facts: { ms, port } })
  const error = { code: fault, message: fault }
  const { words } = endingOf({ established: false, accepted: false, error }, { feed, clientId: probeId, protocol: 5 })
  const found = fault === 'ETIMEDOUT' ? `${host} port ${port} did not answer in ${ms} ms (${fault})` : words
  return failed('tcp', found, { advice: [{ text: adviceOn(fault) }], facts: { code: fault, port } })
}

function adviceOn(fault: string): string {
  return fault === 'ECONNREFUSED'
    ? 'Is the broker running, and does it listen on this port and on more than its own loopback address?'
    : 'A firewall or a security group between here and there, or the wrong host? The watcher must be let through as well.'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault'
}
