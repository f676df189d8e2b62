/** `keepwatch replay`: runs the analysis over recorded minutes, and tells which alerts there would have been. */
import type { Alert } from '../domain/alert.ts'
import { harmless } from '../domain/text.ts'
import { defineCommand } from './command.ts'
import { createComparison } from './replay/compare.ts'
import { type Batches, openFile } from './replay/file.ts'
import { readOptions, type ReplayOptions, replayOptions } from './replay/options.ts'
import { type Plan, readPlan } from './replay/plan.ts'
import { createProgress } from './replay/progress.ts'
import { createRemarks } from './replay/remarks.ts'
import {
  count,
  differenceJson,
  type Kinds,
  renderDifference,
  renderKinds,
  renderTally,
  renderTransition,
  transitionJson,
  withKind,
} from './replay/render.ts'
import { createRun, type Run } from './replay/run.ts'
import { openStored } from './replay/stored.ts'
import type { Terminal } from './terminal.ts'

const exitCodes = { ok: 0, notAll: 1, wrongInput: 2 } as const

export const replay = defineCommand({
  name: 'replay',
  summary: 'runs the analysis over recorded minutes: which alerts there would have been',
  about: [
    'FILE holds a JSON object a line, for each broker and minute, in time order; - is standard input, and names that end in .gz or .zst are decompressed. docs/replay.md describes the fields. A line such as (in one line)',
    '  {"minute":"2026-11-01T00:00:00Z","cluster":"c1","broker":"b1","coverage":1,',
    '   "connects":12,"refused":0,"disconnects":{"network_eof":3},"connected":99}',
  ],
  examples: [
    ['replay minutes.jsonl', 'a file, with default thresholds'],
    ['replay november.jsonl.gz --config new.json', 'with the thresholds of new.json'],
    ['replay november.jsonl --compare now.json new.json', 'which alerts would differ'],
    ['replay --from-store --from 7d --config new.json', 'what the system itself recorded'],
    ['replay --from-store --from 7d --json', 'for a program to read, such as jq .summary'],
  ],
  positionals: { file: { placeholder: 'FILE', summary: 'recorded minutes', completes: 'file' } },
  options: replayOptions,
  exitCodes: {
    0: 'all was read',
    1: 'lines were refused or the input broke off; standard error says which, and the rest was replayed',
    2: 'the command line or the configuration is wrong, or there is no such input',
  },
  run: async (parsed, terminal) => {
    const options = await readOptions(parsed.options, parsed.positionals.file, Date.now())
    const plans: Plan[] = []
    for (const file of options.settingsFiles) {
      const read = readPlan(file)
      if (read.ok) plans.push(read.plan)
      else terminal.err(`${read.lines.map((line) => harmless(line, 500)).join('\n')}\n`)
    }
    return plans.length < options.settingsFiles.length ? exitCodes.wrongInput : replayWith(plans, options, terminal)
  },
})

async function replayWith(plans: readonly Plan[], options: ReplayOptions, terminal: Terminal): Promise<number> {
  const startedMs = performance.now()
  const progress = createProgress(terminal, options.progress)
  const complain = (line: string) => {
    progress.hide()
    terminal.err(`${line}\n`)
  }
  const say = (text: string) => {
    progress.hide()
    terminal.out(text)
  }
  const remarks = createRemarks(complain)
  const { source, json } = options
  const opened = await (source.kind === 'file' ? openFile(source.file, remarks) : openStored(source, remarks))
  if (!opened.ok) {
    complain(harmless(opened.message, 500))
    return exitCodes.wrongInput
  }
  const teller = plans.length === 1 ? tellTransitions(say, { json, terminal }) : tellDifferences(say, options)
  const run = createRun(plans, { onChange: teller.change, remarks })
  const broken = await takeAll(run, opened.batches, progress.at)
  run.end()
  teller.end()
  if (!json) say(renderTally(run.tally(), performance.now() - startedMs))
  for (const line of remarks.closing()) complain(line)
  if (broken !== undefined) complain(harmless(`The input broke off: ${broken}`, 500))
  progress.hide()
  return remarks.refused() > 0 || broken !== undefined ? exitCodes.notAll : exitCodes.ok
}

/** Takes everything; what broke off the input is given back. */
async function takeAll(
  run: Run,
  batches: Batches,
  say: ReturnType<typeof createProgress>['at'],
): Promise<string | undefined> {
  let minutes = 0
  try {
    for await (const { recorded, share } of batches) {
      for (const each of recorded) run.take(each)
      minutes += recorded.length
      const last = recorded.at(-1)
      if (last !== undefined) say({ share, minutes, ms: last.startMs })
    }
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const nothing: Kinds = new Map()

interface Teller {
  readonly change: (plan: number, alert: Alert) => void
  readonly end: () => void
}
type Say = (text: string) => void

/** Every transition as it happens, and at the end how many alerts there were. */
function tellTransitions(
  say: Say,
  { json, terminal }: { readonly json: boolean; readonly terminal: Terminal },
): Teller {
  const open = new Map<string, Pick<Alert, 'kind' | 'severity'>>()
  let ended: Kinds = new Map()
  return {
    change: (_plan, alert) => {
      say(json ? transitionJson(alert) : renderTransition(alert, terminal))
      const { id, kind, severity, status } = alert
      if (status === 'open') open.set(id, { kind, severity })
      else {
        open.delete(id)
        ended = withKind(ended, alert)
      }
    },
    end: () => {
      if (json) return
      const standing = [...open.values()].reduce(withKind, nothing)
      const all = [...open.values()].reduce(withKind, ended)
      say(`\n${renderKinds(all)}.${open.size === 0 ? '' : ` Open at the end: ${renderKinds(standing)}.`}\n`)
    },
  }
}

/** At the end, what two configurations do not tell alike. */
function tellDifferences(say: Say, { json, settingsFiles }: ReplayOptions): Teller {
  const comparison = createComparison()
  return {
    change: comparison.change,
    end: () => {
      const differences = comparison.differences()
      for (const difference of differences) say(json ? differenceJson(difference) : renderDifference(difference))
      if (json) return
      const [a, b] = settingsFiles.map((file) => harmless(file ?? '', 200))
      const only = (name: 'A' | 'B') => count(differences.filter((each) => each.only === name).length, 'alert')
      const both = differences.filter((each) => each.only === undefined).length
      say(
        `\nA is ${a}, B is ${b}: ${only('A')} only in A, ${only('B')} only in B, ${both} told otherwise, ${comparison.alike()} alike.\n`,
      )
    },
  }
}
