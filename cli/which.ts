/** What was meant where a name was left out: the only cluster there is, the cluster of a broker. */
import { brokers } from '../api/brokers.ts'
import type { Broker } from '../api/brokers.ts'
import { harmless } from '../domain/text.ts'
import { askPages } from './client.ts'
import { Failure } from './fault.ts'
import { nearest } from './nearest.ts'
import type { Target } from './target.ts'

/** Every broker that the system knows. */
export async function allBrokers(target: Target, cluster?: string): Promise<Broker[]> {
  const found: Broker[] = []
  for await (const page of askPages(target, brokers, { query: { cluster, limit: '1000' } })) found.push(...page.brokers)
  return found
}

/**
 * The cluster that is named, else the only one.
 * @throws Failure where there are several
 */
export async function clusterOf(target: Target, named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  return onlyCluster(await allBrokers(target))
}

/**
 * The cluster of a broker, which need not be named where one alone has a broker of this name.
 * @throws Failure where none has, or several have
 */
export async function clusterOfBroker(target: Target, broker: string, named: string | undefined): Promise<string> {
  const known = await allBrokers(target, named)
  const having = known.filter((each) => each.broker === broker)
  if (having.length > 0) return onlyCluster(having)
  const names = known.map((each) => each.broker)
  const there = names.length === 0 ? 'it knows none' : `there are ${list(names)}`
  throw new Failure(
    `There is no broker ${harmless(broker)}${named === undefined ? '' : ` in ${harmless(named)}`}${nearest(broker, names)}: ${there}.`,
  )
}

function onlyCluster(known: readonly Broker[]): string {
  const [first, ...more] = new Set(known.map(({ cluster }) => cluster))
  if (first === undefined) throw new Failure('The system knows no cluster yet: nothing was heard of any broker.')
  if (more.length > 0) throw new Failure(`Name one by --cluster: there are ${list([first, ...more])}.`)
  return first
}

const mostNames = 20

function list(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => harmless(name, 100))
  const more = names.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
