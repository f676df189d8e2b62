import { expect, test } from 'vitest'
import { defineCommand } from '../../cli/command.ts'
import { commands } from '../../cli/commands.ts'
import { Failure, WrongLine } from '../../cli/fault.ts'
import { codesOf } from '../../cli/help.ts'
import { runOn } from './terminal.ts'

const verify = defineCommand({
  name: 'alerts verify',
  summary: 'says what an alert turned out to be',
  examples: [['alerts verify 17 benign', 'it was real, and harmless']],
  positionals: {
    id: { placeholder: 'ID', summary: 'the alert', required: true },
    verdict: { placeholder: 'VERDICT', summary: 'what it was', choices: ['true', 'benign', 'false'], required: true },
    notes: { placeholder: 'NOTE', summary: 'why', many: true },
  },
  options: {
    severity: { type: 'string', summary: 'how bad', choices: ['warning', 'critical'], multiple: true },
    pair: { type: 'string', summary: 'two files', placeholder: 'A B', count: 2 },
    limit: { type: 'string', summary: 'how many', placeholder: 'N', default: '50', short: 'n' },
    progress: { type: 'boolean', summary: 'says how far it is', negatable: true },
    json: { type: 'boolean', summary: 'as JSON', group: 'Form' },
  },
  exitCodes: { 3: 'nobody knows' },
  run: ({ options, positionals }, terminal) => {
    // Types say what was declared: a wrong name or value here does not compile.
    const verdict: 'true' | 'benign' | 'false' = positionals.verdict
    const severity: readonly ('warning' | 'critical')[] | readonly string[] = options.severity
    const limit: string = options.limit
    const progress: boolean | undefined = options.progress
    const json: boolean = options.json
    const { id, notes } = positionals
    if (id === 'lost') throw new Failure('http://127.0.0.1 does not answer \u001b[31m')
    if (id === 'wrong') throw new WrongLine('ID is none')
    terminal.out(JSON.stringify({ id, verdict, notes, severity, pair: options.pair, limit, progress, json }))
    return json ? 3 : 0
  },
})
const alerts = defineCommand({
  name: 'alerts',
  summary: 'lists what is wrong',
  examples: [['alerts', 'what is wrong now']],
  subcommands: [verify],
  run: () => 0,
})

test('what was typed comes as it was declared: lists, pairs, defaults, the contrary, what begins with a dash', async () => {
  const line =
    'verify 17 --severity warning true -n 5 --pair a b --no-progress --severity=critical note --json -- --dash'
  const { code, out } = await runOn(alerts, line.split(' '))
  expect({ code, ...JSON.parse(out) }).toEqual({
    code: 3,
    id: '17',
    verdict: 'true',
    notes: ['note', '--dash'],
    severity: ['warning', 'critical'],
    pair: ['a', 'b'],
    limit: '5',
    progress: false,
    json: true,
  })
  const least = await runOn(alerts, ['verify', '17', 'false'])
  expect(JSON.parse(least.out)).toEqual({
    id: '17',
    verdict: 'false',
    notes: [],
    severity: [],
    limit: '50',
    json: false,
  })
})

test.each([
  [['verfy'], 'there is no alerts "verfy" (did you mean verify?); there are verify'],
  [['--json', 'verify'], 'no option --json'],
  [['verify'], 'ID is needed: keepwatch alerts verify ID VERDICT [NOTE...]'],
  [['verify', '17', 'beningn'], 'VERDICT "beningn" (did you mean benign?): one of true, benign, false is needed'],
  [['verify', '17', 'true', '--serverity', 'warning'], 'no option --serverity (did you mean --severity?)'],
  [['verify', '17', 'true', '--severity', 'urgent'], '--severity "urgent": one of warning, critical is needed'],
  [['verify', '17', 'true', '--limit'], '--limit needs a value: --limit N'],
  [
    ['verify', '17', 'true', '--limit', '--json'],
    '"--json" follows; one that begins with a dash is given as --limit=N',
  ],
  [['verify', '17', 'true', '--json=yes'], '--json takes no value'],
  [['verify', '17', 'true', '--pair', 'a'], '--pair needs 2 values: --pair A B'],
  [['verify', '17', 'true', '--toString'], 'no option --toString'],
  [['verify', '-dash', 'true'], 'a value that begins with a dash goes after --'],
  [['verify', 'wrong', 'true'], 'ID is none'],
])('%j is wrong: two lines that say what was found and where to read more, exit code 2', async (args, message) => {
  const { code, out, err } = await runOn(alerts, args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(message)
  expect(err).toMatch(/^keepwatch alerts[^\n]*\nkeepwatch alerts[a-z ]* --help tells how\.\n$/)
})

test('what fails is one line that cannot act, exit code 1', async () => {
  const { code, out, err } = await runOn(alerts, ['verify', 'lost', 'true'])
  expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'http://127.0.0.1 does not answer \\u{1b}[31m\n' })
})

test('help teaches by examples, and is answered whatever else is wrong', async () => {
  const { code, out } = await runOn(alerts, ['verify', '--limit', '--help'])
  expect(code).toBe(0)
  expect(out).toMatchInlineSnapshot(`
    "Says what an alert turned out to be.

    Usage: keepwatch alerts verify ID VERDICT [NOTE...] [options]

    Examples
      keepwatch alerts verify 17 benign   # it was real, and harmless

    Arguments
      ID                    the alert
      VERDICT               what it was: true, benign, false
      NOTE                  why

    Options
      --severity warning|critical
                            how bad
      --pair A B            two files
      -n, --limit N         how many (default 50)
      --[no-]progress       says how far it is
      -h, --help            this text

    Form
      --json                as JSON

    Exit codes
      0                     it is done, or answered
      1                     it failed: standard error says why
      2                     the command line is wrong
      3                     nobody knows
    "
  `)
  expect((await runOn(alerts, ['-h'])).out).toContain('  verify                says what an alert turned out to be')
})

test('every command says in the list what it says of itself, fits into 100 columns, and has examples of its own', async () => {
  for (const { name, summary, load } of commands) {
    const command = await load()
    expect({ name: command.name, summary: command.summary }).toEqual({ name, summary })
    for (const each of [command, ...(command.subcommands ?? [])]) {
      expect(each.examples.length, each.name).toBeGreaterThan(0)
      for (const [line] of each.examples) expect(line, each.name).toMatch(new RegExp(`^${name}\\b`))
      for (const columns of [undefined, 80]) {
        const { out } = await runOn(each, ['--help'], { columns })
        const long = out
          .split('\n')
          .filter(
            (line) => line.length > (columns ?? 100) && !line.startsWith('  keepwatch ') && !line.startsWith('  # '),
          )
        expect(long, each.name).toEqual([])
      }
      expect(Object.keys(codesOf(each))).toEqual(expect.arrayContaining(['0', '1', '2']))
    }
  }
})
