/** Runs a command of the README as a user would, in a process group of its own, and reads what it prints. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../watcher/stage.ts'

const root = join(import.meta.dirname, '..', '..')

export interface Command {
  readonly output: () => string
  /** Waits until the output holds the text or matches. */
  readonly says: (what: string | RegExp, waitMs: number) => Promise<void>
  readonly child: ChildProcess
  /** Process ids of everything it started, itself included. */
  readonly processes: () => number[]
  readonly exited: Promise<number | null>
}

export interface CommandPlace {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

export function command(line: string, { cwd = root, env = process.env }: CommandPlace = {}): Command {
  const child = spawn('sh', ['-c', `exec ${line}`], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const exited = new Promise<number | null>((done) => child.once('close', done))
  return {
    child,
    exited,
    output: () => output,
    says: async (what, waitMs) => {
      try {
        const found = () => (typeof what === 'string' ? output.includes(what) : what.test(output))
        await until(`"${what}"`, () => found() || child.exitCode !== null, waitMs)
        if (!found()) throw new Error(`it ended with ${child.exitCode} without saying "${what}"`)
      } catch (error) {
        throw new Error(`${String(error)}\nIt said:\n${output}`, { cause: error })
      }
    },
    processes: () => descendants(child.pid ?? 0),
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

export function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
}

function descendants(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1])
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {
      // It ended while we looked.
    }
  }
  const collect = (each: number): number[] => [each, ...(children.get(each) ?? []).flatMap(collect)]
  return collect(pid)
}
