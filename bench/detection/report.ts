/** Prints what came out: figures by subject, by type of incident, the other kinds, and (verbose) every miss and false alarm. */
import process from 'node:process'
import type { AlertKind } from '../../domain/alert.ts'
import { minuteMs } from '../../domain/time.ts'
import { printTable, type Row } from '../table.ts'
import type { ScenarioRun } from './run.ts'
import { figuresOf, type Opening, type Score, score } from './score.ts'
import type { Label } from './scenario.ts'

const weekMinutes = 7 * 1440
const mainKinds = ['disconnect_rate', 'imbalance'] as const
const otherKinds: readonly AlertKind[] = [
  'reconnect_storm',
  'refused_rate',
  'flapping',
  'takeover_loop',
  'broker_silent',
  'client_offline',
  'resources',
  'watcher_blind',
]

interface Scored {
  readonly run: ScenarioRun
  readonly score: Score
}

export function printReport(runs: readonly ScenarioRun[], verbose: boolean): void {
  const subjects = runs[0]?.subjects ?? []
  for (const kind of mainKinds) {
    process.stdout.write(`\n### ${kind}\n\n`)
    printTable(
      subjects
        .filter((subject) => subject.kind === undefined || subject.kind === kind)
        .map(({ name }) => figuresRow(name, scoredBy(runs, name, kind), runs)),
    )
    process.stdout.write('\n')
    const first = subjects[0]?.name ?? ''
    printTable(typeRows(scoredBy(runs, first, kind)))
    if (verbose) listAll(scoredBy(runs, first, kind))
  }
  const own = subjects[0]?.name ?? ''
  process.stdout.write(`\n### other kinds (${own})\n\n`)
  printTable(otherKinds.map((kind) => otherRow(kind, scoredBy(runs, own, kind))))
  if (verbose) for (const kind of otherKinds) listAll(scoredBy(runs, own, kind))
  const brokerMinutes = sum(runs, (run) => run.brokerMinutes)
  const generator = sum(runs, (run) => run.generatorMilliseconds)
  process.stdout.write(
    `\n${brokerMinutes} broker-minutes; making them took ${microseconds(generator, brokerMinutes)} µs each\n`,
  )
}

function scoredBy(runs: readonly ScenarioRun[], subject: string, kind: AlertKind): Scored[] {
  return runs.map((run) => {
    const openings = run.subjects.find(({ name }) => name === subject)?.openings ?? []
    return { run, score: score(kind, run.labels, openings, run.scoredFromMs) }
  })
}

function figuresRow(name: string, scored: readonly Scored[], runs: readonly ScenarioRun[]): Row {
  const brokerWeeks = sum(runs, (run) => run.scoredBrokerMinutes) / weekMinutes
  const figures = figuresOf(
    scored.map((each) => each.score),
    brokerWeeks,
  )
  const spent = sum(runs, (run) => run.subjects.find((subject) => subject.name === name)?.milliseconds ?? 0)
  return {
    subject: name,
    F1: figures.f1.toFixed(3),
    precision: figures.precision.toFixed(3),
    recall: figures.recall.toFixed(3),
    found: `${figures.found}/${figures.incidents}`,
    false: figures.falseAlarms,
    'false/broker-week': figures.falsePerBrokerWeek.toFixed(3),
    'TTD median': minutesText(figures.delayMedian),
    'TTD p90': minutesText(figures.delayP90),
    'repeats/incident': figures.repeatsPerIncident.toFixed(2),
    'µs/broker-minute': microseconds(
      spent,
      sum(runs, (run) => run.brokerMinutes),
    ),
  }
}

function typeRows(scored: readonly Scored[]): Row[] {
  const incidents = scored.flatMap((each) => each.score.incidents)
  const types = [...new Set(incidents.map(({ label }) => label.type))]
  return types.map((type) => {
    const of = incidents.filter(({ label }) => label.type === type)
    const figures = figuresOf([{ incidents: of, falseAlarms: [] }], 0)
    return {
      incident: type,
      found: `${figures.found}/${figures.incidents}`,
      'TTD median': minutesText(figures.delayMedian),
      'TTD p90': minutesText(figures.delayP90),
      repeats: of.reduce((all, { repeats }) => all + repeats, 0),
    }
  })
}

function otherRow(kind: AlertKind, scored: readonly Scored[]): Row {
  const figures = figuresOf(
    scored.map((each) => each.score),
    0,
  )
  return {
    kind,
    found: `${figures.found}/${figures.incidents}`,
    'TTD median': minutesText(figures.delayMedian),
    repeats: Math.round(figures.repeatsPerIncident * figures.incidents),
    false: figures.falseAlarms,
  }
}

function listAll(scored: readonly Scored[]): void {
  process.stdout.write('\n')
  for (const { run, score: of } of scored) {
    for (const { label, found, repeats } of of.incidents) {
      if (found === undefined) process.stdout.write(`missed  ${lineOf(run, label)}\n`)
      if (repeats > 0) process.stdout.write(`repeats ${repeats} × ${lineOf(run, label)}\n`)
    }
    for (const opening of of.falseAlarms) process.stdout.write(`false   ${openingLine(run, opening)}\n`)
  }
}

function lineOf(run: ScenarioRun, label: Label): string {
  const minutes = Math.round((label.toMs - label.fromMs) / minuteMs)
  const brokers = label.brokers.length === 1 ? label.brokers[0] : '*'
  return `${label.kind} ${run.scenario}/${run.seed} ${brokers} ${when(run, label.fromMs)}: ${label.type}, ${minutes} min`
}

function openingLine(run: ScenarioRun, opening: Opening): string {
  return `${opening.kind} ${run.scenario}/${run.seed} ${opening.broker ?? '*'} ${when(run, opening.atMs)}: ${opening.detail}`
}

function when(run: ScenarioRun, atMs: number): string {
  const local = new Intl.DateTimeFormat('en-GB', {
    timeZone: run.timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(atMs)
  return `${new Date(atMs).toISOString().slice(0, 16)}Z (${local}, day ${((atMs - run.scoredFromMs) / 86_400_000 + 7).toFixed(2)})`
}

/** No figure where nothing was found. */
function minutesText(minutes: number): string {
  return Number.isNaN(minutes) ? '–' : String(minutes)
}

function microseconds(milliseconds: number, count: number): string {
  return ((1000 * milliseconds) / Math.max(1, count)).toFixed(2)
}

function sum(runs: readonly ScenarioRun[], figure: (run: ScenarioRun) => number): number {
  return runs.reduce((all, run) => all + figure(run), 0)
}
