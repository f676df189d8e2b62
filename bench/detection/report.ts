/** Prints what came out: figures by subject, by type of incident, the other kinds, and (verbose) every miss and false alarm. */
import process from 'node:process'
import type { AlertKind } from '../../domain/alert.ts'
import { minuteMs } from '../../domain/time.ts'
import { printTable, type Row } from '../table.ts'
import type { ScenarioRun } from './run.ts'
import { figuresOf, type Judged, type Opening, type Score, score } from './score.ts'
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
  const own = subjects[0]?.name ?? ''
  for (const kind of mainKinds) {
    const names = subjects.flatMap((each) => (each.kind === undefined || each.kind === kind ? each.name : []))
    const scored = names.map((name) => ({ name, of: scoredBy(runs, name, kind) }))
    process.stdout.write(`\n### ${kind}\n\n`)
    printTable(scored.map(({ name, of }) => figuresRow(name, of, runs)))
    process.stdout.write('\n')
    printTable(typeRows(scored))
    if (verbose) listAll(scoredBy(runs, own, kind))
  }
  process.stdout.write(`\n### other kinds (${own})\n\n`)
  printTable(otherKinds.map((kind) => otherRow(kind, scoredBy(runs, own, kind))))
  if (verbose) for (const kind of otherKinds) listAll(scoredBy(runs, own, kind))
  const brokerMinutes = sum(runs, (run) => run.brokerMinutes)
  const generator = sum(runs, (run) => run.generatorMicroseconds)
  process.stdout.write(
    `\n${brokerMinutes} broker-minutes; making them took ${perPiece(generator, brokerMinutes)} µs of CPU each\n`,
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
  const spent = sum(runs, (run) => run.subjects.find((subject) => subject.name === name)?.microseconds ?? 0)
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
    'µs/broker-minute': perPiece(
      spent,
      sum(runs, (run) => run.brokerMinutes),
    ),
  }
}

/** What was found of each type of incident: by the first subject in full, by the best of the others beside it. */
function typeRows(scored: readonly { readonly name: string; readonly of: readonly Scored[] }[]): Row[] {
  const [first, ...others] = scored.map(({ name, of }) => ({ name, scores: of.map((each) => each.score) }))
  const best = others.toSorted((a, b) => figuresOf(b.scores, 0).f1 - figuresOf(a.scores, 0).f1)[0]
  const incidentsOf = (scores: readonly Score[]) => scores.flatMap((each) => each.incidents)
  const incidents = incidentsOf(first?.scores ?? [])
  return [...new Set(incidents.map(({ label }) => label.type))].map((type) => {
    const figures = (of: readonly Judged[]) =>
      figuresOf([{ incidents: of.filter(({ label }) => label.type === type), falseAlarms: [] }], 0)
    const own = figures(incidents)
    return {
      incident: type,
      found: `${own.found}/${own.incidents}`,
      'TTD median': minutesText(own.delayMedian),
      'TTD p90': minutesText(own.delayP90),
      repeats: Math.round(own.repeatsPerIncident * own.incidents),
      ...(best === undefined ? {} : { [`found by ${best.name}`]: figures(incidentsOf(best.scores)).found }),
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

function perPiece(microseconds: number, count: number): string {
  return (microseconds / Math.max(1, count)).toFixed(2)
}

function sum(runs: readonly ScenarioRun[], figure: (run: ScenarioRun) => number): number {
  return runs.reduce((all, run) => all + figure(run), 0)
}
