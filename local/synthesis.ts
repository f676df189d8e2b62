/** Synthesizes the cloud assembly in a child process, or keeps the one there is while none of its inputs changed. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { dayMs } from '../domain/time.ts'
import { type Assembly, isWhole, readAssembly } from './assembly.ts'
import { StartError } from './lifecycle.ts'
import type { Project } from './project.ts'

const unusedAfterMs = 7 * dayMs

export interface SynthesisOptions {
  readonly project: Project
  readonly settingsFile: string
  /** Default: one for each configuration, so that systems with different ones do not disturb each other. */
  readonly assemblyFolder?: string | undefined
}

export interface Synthesis {
  readonly assembly: Assembly
  readonly cached: boolean
}

/**
 * Gives the assembly for a configuration.
 * @throws StartError with what the CDK application said when it fails.
 */
export async function synthesize(options: SynthesisOptions): Promise<Synthesis> {
  const kept = join(options.project.folder, '.keepwatch')
  const assemblies = join(kept, 'assembly')
  const digest = createHash('sha256').update(readFileSync(options.settingsFile)).digest('hex').slice(0, 12)
  const folder = options.assemblyFolder ?? join(assemblies, digest)
  const keyFile = `${folder}.inputs`
  const key = keyOf(options)
  if (readIfThere(keyFile) === key && isWhole(folder)) {
    // So that it counts as used.
    writeFileSync(keyFile, key)
    return { assembly: readAssembly(folder), cached: true }
  }
  mkdirSync(folder, { recursive: true })
  // Without its key a synthesis that was cut short counts as none.
  rmSync(keyFile, { force: true })
  await runApplication(options, folder)
  const assembly = readAssembly(folder)
  writeFileSync(keyFile, key)
  if (options.assemblyFolder === undefined) removeUnused(assemblies)
  removeOldBuilds(join(kept, 'build'))
  return { assembly, cached: false }
}

/** Hash over names and contents of all that goes into the assembly. */
function keyOf({ project: { source, inputs }, settingsFile }: SynthesisOptions): string {
  const hash = createHash('sha256').update(process.version)
  const add = (name: string, file: string) => hash.update(`\0${name}\0`).update(readFileSync(file))
  for (const input of inputs) {
    const path = join(source, input)
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isFile() === true) add(input, path)
    if (found?.isDirectory() !== true) continue
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted()) {
      const file = join(path, name)
      if (statSync(file).isFile()) add(join(input, name), file)
    }
  }
  add('configuration', settingsFile)
  return hash.digest('hex')
}

async function runApplication({ project, settingsFile }: SynthesisOptions, folder: string): Promise<void> {
  const child = spawn(process.execPath, [project.application], {
    cwd: project.folder,
    env: {
      ...process.env,
      CDK_OUTDIR: resolve(folder),
      CDK_CONTEXT_JSON: contextOf(project.source),
      KEEPWATCH_CONFIG: resolve(settingsFile),
      // CloudFormation's rules take a third of the time and change nothing: `cdk synth` and the tests hold to them.
      CDK_VALIDATION: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const keep = (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-20_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const code = await new Promise<number | string>((done, failed) => {
    child.once('error', failed)
    child.once('close', (status, signal) => done(status ?? signal ?? 'nothing'))
  })
  if (code !== 0) throw new StartError(`The CDK application could not be synthesized (exit ${code}):\n${said.trim()}`)
}

function contextOf(source: string): string {
  const cdk: unknown = JSON.parse(readIfThere(join(source, 'cdk.json')) ?? '{}')
  const context = typeof cdk === 'object' && cdk !== null && 'context' in cdk ? cdk.context : {}
  return JSON.stringify(context)
}

/** Assemblies that no start has used for a week go; one that still runs from its own has loaded what it needs. */
function removeUnused(assemblies: string): void {
  for (const name of readdirSync(assemblies)) {
    const path = join(assemblies, name)
    if (!name.endsWith('.inputs') || statSync(path).mtimeMs > Date.now() - unusedAfterMs) continue
    rmSync(path.replace(/\.inputs$/, ''), { recursive: true, force: true })
    rmSync(path)
  }
}

/** What assemblies were made from goes likewise: an assembly holds copies. Each synthesis touches the folders of its own. */
function removeOldBuilds(builds: string): void {
  for (const name of existsSync(builds) ? readdirSync(builds) : []) {
    const path = join(builds, name)
    if (statSync(path).mtimeMs <= Date.now() - unusedAfterMs) rmSync(path, { recursive: true, force: true })
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
