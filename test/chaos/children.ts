/** Child processes of the chaos test: their output in files, and none that outlives this process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly process: ChildProcess
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>
}

const leash = new URL('../../local/leash.ts', import.meta.url).href

/** Runs a script with just this environment. It can be told things by `process.send`, and ends with this process. */
export function startChild(options: {
  readonly script: string | URL
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Takes its output, at the end. */
  readonly logFile: string
}): Child {
  const output = openSync(options.logFile, 'a')
  const { script } = options
  const path = typeof script === 'string' ? script : fileURLToPath(script)
  const child = spawn(process.execPath, [`--import=${leash}`, path, ...(options.args ?? [])], {
    env: { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', ...options.env },
    stdio: ['ignore', output, output, 'ipc'],
  })
  return { process: child, ended: new Promise((done) => child.once('exit', (code) => done(code))) }
}
