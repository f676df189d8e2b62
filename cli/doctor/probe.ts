/** The doctor's own client: it connects to the broker and leaves, with a goodbye or without. */
import { connect, type MqttClient } from 'mqtt'
import { endingOf, type Symptoms } from '../../watcher/ending.ts'
import { optionsOf } from '../../watcher/link-options.ts'
import type { Known } from './subject.ts'

export interface Visit {
  readonly clientId: string
  readonly leaving: 'goodbye' | 'cut'
  /** Epoch milliseconds at which CONNACK came and at which it left; undefined where it was not let in. */
  readonly connectedAtMs?: number
  readonly leftAtMs?: number
  /** Why it was not let in. */
  readonly fault?: string
}

export interface VisitOptions {
  readonly clientId: string
  /** `goodbye`: by DISCONNECT; `cut`: the socket is closed without a word. */
  readonly leaving: Visit['leaving']
  readonly level: 4 | 5
}

/** Connects with the login of the feed, and leaves at once. Never rejects. */
export async function visit(subject: Known, { clientId, leaving, level }: VisitOptions): Promise<Visit> {
  const feed = { ...subject.feed, url: subject.probeUrl }
  const attempted = { feed, clientId, protocol: level }
  const symptoms: Symptoms = { established: true, accepted: false }
  const about = { clientId, leaving }
  return new Promise((resolve) => {
    let client: MqttClient
    try {
      client = connect(optionsOf({ ...attempted, clean: true, credentials: subject.credentials }))
    } catch (error) {
      return resolve({ ...about, fault: error instanceof Error ? error.message : 'unknown fault' })
    }
    let times: Pick<Visit, 'connectedAtMs' | 'leftAtMs'> = {}
    client.on('connect', () => {
      symptoms.accepted = true
      times = { connectedAtMs: Date.now(), leftAtMs: Date.now() }
      if (leaving === 'goodbye') client.end(false)
      else client.stream.destroy()
    })
    client.on('error', (error) => {
      const code = 'code' in error ? error.code : undefined
      if (typeof code === 'number') symptoms.refusedCode ??= code
      symptoms.error ??= { message: error.message, ...(typeof code === 'string' ? { code } : {}) }
    })
    client.on('close', () => {
      client.end(true)
      resolve(symptoms.accepted ? { ...about, ...times } : { ...about, fault: endingOf(symptoms, attempted).words })
    })
  })
}
