/** The clients as the chaos test holds them: a process of their own that is told what to do. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from './children.ts'

export interface FleetOptions {
  /** The broker's. */
  readonly port: number
  readonly seed: number
  readonly clients: number
  /** How long a client stays, and how long it stays away, on average. */
  readonly meanStayMs: number
  /** File that takes what the clients did, one JSON document a line. */
  readonly diary: string
}

export type FleetRequest = { readonly kind: 'storm'; readonly size: number } | { readonly kind: 'stop' }
export type FleetReport =
  | { readonly kind: 'stormed'; readonly size: number }
  | { readonly kind: 'stopped'; readonly connects: number }

/** What a client did, as it wrote it down. */
export interface Deed {
  readonly atMs: number
  readonly clientId: string
  readonly localPort: number
  readonly did: string
}

export interface Fleet {
  /** So many more connect at once, and leave at once. Answers how many were let in. */
  readonly storm: (size: number) => Promise<number>
  /** All leave. Answers what they did. */
  readonly stop: () => Promise<Deed[]>
  readonly kill: () => Promise<void>
}

/** Starts the clients. */
export function startFleet(options: Omit<FleetOptions, 'diary'> & { readonly folder: string }): Fleet {
  const { folder, ...fleet } = options
  const diary = join(folder, 'clients.jsonl')
  const child = startChild({
    script: new URL('clients.ts', import.meta.url),
    args: [JSON.stringify({ ...fleet, diary })],
    logFile: join(folder, 'clients.log'),
  })
  const ask = async (request: FleetRequest) => {
    const answered = new Promise<FleetReport>((done, failed) => {
      child.process.once('message', (report: FleetReport) => done(report))
      void child.ended.then((code) => failed(new Error(`the clients' process ended with ${code}: see ${folder}`)))
    })
    child.process.send(request)
    return answered
  }
  return {
    storm: async (size) => {
      const report = await ask({ kind: 'storm', size })
      return report.kind === 'stormed' ? report.size : 0
    },
    stop: async () => {
      await ask({ kind: 'stop' })
      const lines = readFileSync(diary, 'utf8').trim().split('\n')
      return lines.map((line) => JSON.parse(line) as Deed)
    },
    kill: async () => {
      child.process.kill('SIGKILL')
      await child.ended
    },
  }
}
