/** `keepwatch completion`: what the Tab key offers in a shell, made of the commands' own declarations. */
import { RootCommand, type OptionHandler, type Command as Completed, ShellCompDirective } from '@bomb.sh/tab'
import { brokers } from '../api/brokers.ts'
import { ask } from './client.ts'
import { type Command, defineCommand, type Offered, type OptionSpec } from './command.ts'
import type { Listed } from './commands.ts'
import { exitCodes } from './fault.ts'
import { targetOf } from './target.ts'

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const
/** Whoever presses Tab waits for it. */
const patienceMs = 500

/** Where bash-completion is not installed, the script lacks this function of it. */
const bashFallback = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    cur="\${COMP_WORDS[COMP_CWORD]}"
    prev="\${COMP_WORDS[COMP_CWORD - 1]}"
    words=("\${COMP_WORDS[@]}")
    cword=$COMP_CWORD
  }
fi
`

export const completion = defineCommand({
  name: 'completion',
  summary: 'prints what makes the Tab key complete commands, options and names in your shell',
  examples: [
    ['completion bash', 'for ~/.bashrc: source <(keepwatch completion bash)'],
    ['completion zsh', 'for ~/.zshrc: source <(keepwatch completion zsh)'],
    ['completion fish', 'into ~/.config/fish/completions/keepwatch.fish'],
  ],
  positionals: { shell: { placeholder: 'SHELL', summary: 'which shell', required: true, choices: shells } },
  run: ({ positionals: { shell } }, terminal) => {
    if (shell === 'bash') terminal.out(bashFallback)
    new RootCommand().setup('keepwatch', 'keepwatch', shell)
    return exitCodes.answered
  },
})

/** What the shell asks at every Tab: prints what may stand in place of the last of these words. */
export async function complete(words: readonly string[], commands: readonly Listed[]): Promise<number> {
  const command = await commands.find(({ name }) => name === words[0])?.load()
  const offered = offeredFor(words, command)
  if (offered === 'file' || offered === 'folder') {
    const { ShellCompDirectiveDefault: file, ShellCompDirectiveFilterDirs: folder } = ShellCompDirective
    process.stdout.write(`:${offered === 'file' ? file : folder}\n`)
    return exitCodes.answered
  }
  const names = offered === undefined ? [] : await namesOf(offered)
  const root = new RootCommand()
  for (const { name, summary } of commands) root.command(name, summary)
  if (command !== undefined) declare(root, command, names)
  root.parse([...words])
  return exitCodes.answered
}

function declare(root: RootCommand, command: Command, names: readonly string[]): void {
  const completed = root.command(command.name, command.summary)
  for (const [name, spec] of Object.entries(command.options)) addOption(completed, { name, spec, names })
  completed.option('help', 'tells the options, with examples', 'h')
  for (const { placeholder, choices = [], completes, many, summary } of Object.values(command.positionals)) {
    const values = completes === undefined ? choices : names
    completed.argument(placeholder, (offer) => values.forEach((value) => offer(value, summary)), many === true)
  }
  for (const each of command.subcommands ?? []) declare(root, each, names)
}

function addOption(
  completed: Completed,
  { name, spec, names }: { readonly name: string; readonly spec: OptionSpec; readonly names: readonly string[] },
): void {
  const { type, summary, choices, short, completes } = spec
  const values = completes === undefined ? (choices ?? []) : names
  const handler: OptionHandler = (offer) => values.forEach((value) => offer(value, ''))
  // Without a handler it would count as one that takes no value.
  if (type === 'string') completed.option(name, summary, handler, short)
  else if (short === undefined) completed.option(name, summary)
  else completed.option(name, summary, short)
}

/** What stands for the word being typed, as far as it is not among the choices. */
function offeredFor(words: readonly string[], command: Command | undefined): Offered | undefined {
  if (command === undefined || words.length < 2) return undefined
  const last = words.at(-1) ?? ''
  const before = words.at(-2) ?? ''
  const subcommand = command.subcommands?.find((each) => each.name === words.slice(0, 2).join(' '))
  const { options, positionals } = subcommand ?? command
  const [, name] = /^--([\w-]+)=/.exec(last) ?? /^--([\w-]+)$/.exec(before) ?? []
  const spec = name === undefined ? undefined : options[name]
  if (spec?.type === 'string') return spec.completes
  if (last.startsWith('-') || (command.subcommands !== undefined && subcommand === undefined)) return undefined
  return Object.values(positionals).find(({ completes }) => completes !== undefined)?.completes
}

/**
 * Names that the system on this machine knows. Shells expand what they are offered, and a broker may call itself
 * anything: only plain names are told.
 */
async function namesOf(offered: Offered): Promise<string[]> {
  const nowhere = { url: undefined, stack: undefined, profile: undefined, region: undefined, sign: false }
  const patience = new Promise<undefined>((resolve) => setTimeout(resolve, patienceMs, undefined).unref())
  try {
    const target = await targetOf({ ...nowhere, 'token-file': undefined })
    if (target.sign !== undefined) return []
    const found = await Promise.race([ask(target, brokers, { query: { limit: '1000' } }), patience])
    const names = (found?.brokers ?? []).map(({ cluster, broker }) => (offered === 'cluster' ? cluster : broker))
    return [...new Set(names)].filter((name) => /^[A-Za-z0-9][A-Za-z0-9._@/-]*$/.test(name))
  } catch {
    return []
  }
}
