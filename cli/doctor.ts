/** `keepwatch doctor`: connects to what the configuration names, and says what is wrong and what to change. */
import type { ClusterSettings, FeedSettings } from '../domain/settings.ts'
import { feedName } from '../domain/settings.ts'
import { harmless } from '../domain/text.ts'
import { instant } from '../domain/time.ts'
import { defineCommand } from './command.ts'
import { type Check, type Report, worstOf } from './doctor/check.ts'
import { examine } from './doctor/examine.ts'
import { inTurn } from './doctor/in-turn.ts'
import { readInputs, type Vault } from './doctor/inputs.ts'
import { checkMqttjs } from './doctor/mqttjs.ts'
import { type DoctorOptions, doctorOptions, readOptions } from './doctor/options.ts'
import { checkRule, checkWebhook } from './doctor/pushed.ts'
import { createProgress } from './doctor/progress.ts'
import { subjectOf } from './doctor/subject.ts'
import { checkSoftware } from './doctor/version.ts'
import { jsonText, renderChecks, renderTitle } from './render.ts'
import type { Terminal } from './terminal.ts'

const exitCodes = { ok: 0, warning: 0, failed: 1 } as const
const wrongInput = 2
const feedsAtOnce = 8

export const doctor = defineCommand({
  name: 'doctor',
  summary: 'connects to what the configuration names, and says what is wrong and what to change',
  about: [
    'Of every feed: its secret, DNS, TCP, TLS, the login, what may be read, whether the events of a client that comes and goes really arrive, the broker’s clock, what it keeps while nobody watches, its version. The client that comes and goes is the doctor’s own, with the login of the feed and a client id that begins keepwatch-probe-. Nothing is changed at the broker, and a watcher that runs is not disturbed.',
  ],
  examples: [
    ['doctor', 'checks keepwatch.json'],
    ['doctor --config plant.json', 'another configuration'],
    ['doctor --cluster plant --json', 'one cluster, for a program to read'],
    ['doctor --mqttjs ../my-app', 'known defects of the MQTT.js that a project uses'],
  ],
  options: doctorOptions,
  exitCodes: {
    0: 'nothing failed; there may be warnings',
    1: 'something failed',
    2: 'the command line or the configuration is wrong',
  },
  run: async ({ options }, terminal) => examineAll(readOptions(options), terminal),
})

type FeedReport = Report['feeds'][number]

/** A part of the report that is still to be made. */
interface Part {
  readonly about: Omit<FeedReport, 'checks'>
  readonly checks: AsyncIterable<readonly Check[]> | Iterable<readonly Check[]>
}

async function examineAll(options: DoctorOptions, terminal: Terminal): Promise<number> {
  const { json } = options
  const say = (text: string) => {
    if (!json) terminal.out(text)
  }
  const report: Report = { status: 'failed', checkedAt: instant(Date.now()), checks: [], feeds: [] }
  const finish = (): number => {
    const all = [...report.checks, ...report.feeds.flatMap(({ checks }) => checks)]
    report.status = worstOf(all)
    say(`\n${summary(all)}\n`)
    if (json) terminal.out(jsonText(report))
    return exitCodes[report.status]
  }
  const mqttjs = options.mqttjsFolder === undefined ? [] : [checkMqttjs(options.mqttjsFolder)]
  if (options.isMqttjsOnly) {
    report.checks.push(...mqttjs)
    say(renderChecks(report.checks, terminal))
    return finish()
  }
  const inputs = readInputs(options)
  report.checks.push(...inputs.checks)
  if (!inputs.ok) {
    say(renderChecks(report.checks, terminal))
    if (json) terminal.out(jsonText(report))
    return wrongInput
  }
  const { settings, secrets } = inputs
  const clusters = settings.clusters.filter(({ name }) => options.cluster === undefined || name === options.cluster)
  if (clusters.length === 0) {
    const names = settings.clusters.map(({ name }) => name).join(', ')
    terminal.err(
      `--cluster ${harmless(options.cluster ?? '', 100)}: there is no such cluster; there are ${harmless(names, 1000)}\n`,
    )
    return wrongInput
  }
  report.checks.push(checkSoftware(), ...mqttjs)
  say(renderChecks(report.checks, terminal))
  const progress = createProgress(terminal)
  const parts = clusters.flatMap((cluster) => partsOf(cluster, { options, secrets, doing: progress.doing }))
  const sources = parts.map(({ checks }) => checks)
  for await (const { source, value } of inTurn(sources, feedsAtOnce)) {
    const part = parts[source]
    if (part === undefined) continue
    let feed = report.feeds[source]
    if (feed === undefined) {
      feed = { ...part.about, checks: [] }
      report.feeds.push(feed)
      say(renderTitle(titleOf(part.about), terminal))
    }
    feed.checks.push(...value)
    say(renderChecks(value, terminal))
  }
  progress.stop()
  return finish()
}

interface PartOptions {
  readonly options: DoctorOptions
  readonly secrets: Vault
  readonly doing: (who: string, words: string) => void
}

function partsOf(cluster: ClusterSettings, { options, secrets, doing }: PartOptions): Part[] {
  const { name, dialect } = cluster
  const { timeoutMs, probeUrl } = options
  const examined = (feed: FeedSettings): Part => {
    const who = `${name}/${feedName(cluster, feed)}`
    const subject = subjectOf({ cluster, feed, timeoutMs, probeUrl, doing: (words) => doing(who, words) })
    return { about: { cluster: name, feed: subject.name, dialect, url: feed.url }, checks: examine(subject, secrets) }
  }
  const pushed = (feed: string, checks: readonly Check[]): Part[] =>
    checks.length === 0 ? [] : [{ about: { cluster: name, feed, dialect }, checks: [checks] }]
  return [
    ...cluster.feeds.map(examined),
    ...pushed('webhook', checkWebhook(cluster, secrets)),
    ...pushed('aws-iot-rule', checkRule(cluster)),
  ]
}

const titleOf = ({ cluster, feed, dialect, url }: Omit<FeedReport, 'checks'>): string =>
  [`${cluster}/${feed}`, dialect, url].filter((each) => each !== undefined).join(' · ')

function summary(checks: readonly Check[]): string {
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length
  const [failures, warnings] = [count('failed'), count('warning')]
  if (failures + warnings === 0)
    return `All is well: ${count('ok')} ${count('ok') === 1 ? 'check' : 'checks'}, ${count('skipped')} skipped.`
  return `${failures} failed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${count('ok')} ok, ${count('skipped')} skipped.`
}
