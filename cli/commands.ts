/** Every command with its summary, so that help loads none: a command's file is loaded when it is called. */
import type { Command } from './command.ts'

export interface Listed {
  readonly name: string
  /** The command's own. */
  readonly summary: string
  readonly load: () => Promise<Command>
}

/** In the order of the help. */
export const commands: readonly Listed[] = [
  {
    name: 'start',
    summary: 'runs Keepwatch on this machine: a demonstration, or with --config your own brokers',
    load: async () => (await import('./start.ts')).startCommand,
  },
  {
    name: 'ui',
    summary: 'opens the page of a system: what is wrong, since when, and why',
    load: async () => (await import('./ui.ts')).ui,
  },
  {
    name: 'brokers',
    summary: 'shows every broker: is it watched, its clients and fair share, what happens per minute',
    load: async () => (await import('./brokers.ts')).brokers,
  },
  {
    name: 'balance',
    summary: 'says whether a cluster’s load is spread fairly, and what would have to move',
    load: async () => (await import('./balance.ts')).balance,
  },
  {
    name: 'clients',
    summary: 'shows how a client is, where and since when; without one, clients that stood out',
    load: async () => (await import('./clients.ts')).clients,
  },
  {
    name: 'events',
    summary: 'tells what happened to a client, or on a broker, newest last; --follow goes on telling',
    load: async () => (await import('./events.ts')).events,
  },
  {
    name: 'alerts',
    summary: 'lists alerts, tells the story of one, acknowledges and verifies them',
    load: async () => (await import('./alerts.ts')).alerts,
  },
  {
    name: 'silence',
    summary: 'keeps alerts quiet for a while: add, list, remove',
    load: async () => (await import('./silence.ts')).silence,
  },
  {
    name: 'explain',
    summary: 'says why the connections of a client, a broker or a cluster end, and what to do',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'replay',
    summary: 'runs the analysis over recorded minutes: which alerts there would have been',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'import',
    summary: 'reads what clients saw of their own connections out of logs, and sends it to a webhook',
    load: async () => (await import('./import.ts')).importClaims,
  },
  {
    name: 'export',
    summary: 'writes events, minutes, alerts, clients or silences of a span into a file, however many',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  {
    name: 'doctor',
    summary: 'connects to what the configuration names, and says what is wrong and what to change',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'config',
    summary: 'checks a configuration, prints its schema, or brings one of another form into the present one',
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'completion',
    summary: 'prints what makes the Tab key complete commands, options and names in your shell',
    load: async () => (await import('./completion.ts')).completion,
  },
]
