/** How well and how fast incidents are noticed, on labelled scenarios made by chance from a seed, beside peers. */
import process from 'node:process'
import { parseArgs } from 'node:util'
import * as z from 'zod/mini'
import { type DetectionSettings, DetectionSchema } from '../domain/thresholds.ts'
import { ablations } from './detection/ablation.ts'
import { printReport } from './detection/report.ts'
import { runAll, type Task } from './detection/run.ts'
import { scenarioNames } from './detection/scenarios.ts'

/** What detectors are tuned on. */
const developmentSeeds = [11, 12, 13, 14, 15, 16]
/** What is reported; nobody looks at their incidents while tuning. */
const reportingSeeds = [9001, 9002, 9003, 9004, 9005, 9006]

const usage = `npm run bench -- detection [options]
  --dev                 on the development seeds (default: the reporting seeds)
  --seeds <n>           how many seeds, at most ${reportingSeeds.length} (default 2)
  --days <n>            length of each scenario, the first 7 are warm-up (default 21)
  --scenario <text>     only scenarios whose name contains it; may be repeated
  --set <name>=<value>  a threshold other than its default, such as disconnectRate.minimumRatio=2.5; may be repeated
  --bare                minutes without anything of clients, as other systems may have recorded them
  --ablation            also with a part of the detectors switched off each
  --no-peers            Keepwatch alone
  --verbose             list every missed incident and every false alarm
`

export async function benchDetection(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      dev: { type: 'boolean', default: false },
      seeds: { type: 'string', default: '2' },
      days: { type: 'string', default: '21' },
      scenario: { type: 'string', multiple: true, default: [''] },
      set: { type: 'string', multiple: true, default: [] },
      bare: { type: 'boolean', default: false },
      ablation: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: true },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  const days = Number(values.days)
  const seeds = (values.dev ? developmentSeeds : reportingSeeds).slice(0, Number(values.seeds))
  const names = scenarioNames.filter((name) => values.scenario.some((part) => name.includes(part)))
  const own = { name: ['Keepwatch', ...values.set].join(' '), detection: detectionOf(values.set) }
  const variants = [own, ...(values.ablation ? ablations : [])]
  const { peers, bare } = values
  const tasks = seeds.flatMap((seed) =>
    names.map((scenario): Task => ({ scenario, seed, days, variants, peers, bare })),
  )
  if (tasks.length === 0 || !(days > 7)) throw new Error(`nothing to run:\n${usage}`)
  process.stdout.write(
    `${names.length} scenarios of ${days} days; ${values.dev ? 'development' : 'reporting'} seeds ${seeds.join(', ')}; TTD in minutes\n`,
  )
  printReport(await runAll(tasks), values.verbose)
}

/** `section.name=value` → thresholds, checked as those of keepwatch.json are. */
function detectionOf(settings: readonly string[]): DetectionSettings {
  const sections: Record<string, Record<string, number>> = {}
  for (const setting of settings) {
    const [, section = '', name = '', value = ''] = /^(\w+)\.([\w-]+)=(.+)$/.exec(setting) ?? []
    sections[section] = { ...sections[section], [name]: Number(value) }
  }
  const checked = DetectionSchema.safeParse(sections)
  if (!checked.success) throw new Error(`--set: ${z.prettifyError(checked.error)}`)
  return checked.data
}
