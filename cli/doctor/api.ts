/** Does the broker's REST API list its clients, as the watcher asks it to? */
import type { FeedSettings } from '../../domain/settings.ts'
import { rosterOf } from '../../watcher/roster.ts'
import { type Check, failed, ok, warning } from './check.ts'
import { openSecret, type Vault } from './inputs.ts'
import type { Subject } from './subject.ts'

const lost = { text: 'Until it does, clients that left while nobody watched count as connected.' }

export async function checkApi(
  { dialect, feed, name }: Subject,
  { url, secret }: NonNullable<FeedSettings['api']>,
  vault: Vault,
): Promise<Check> {
  const fetchRoster = rosterOf(dialect.name)
  if (fetchRoster === undefined) {
    return warning('api', `a broker of the dialect ${dialect.name} cannot be asked for its clients: remove "api"`)
  }
  const opened = secret === undefined ? undefined : await openSecret(secret, vault)
  if (opened?.ok === false) return failed('api', opened.reason)
  const access = { url, credentials: opened?.credentials ?? {}, connection: feed.connection }
  const roster = await fetchRoster(access, { broker: feed.broker ?? name })
  if (!roster.ok) return failed('api', roster.reason, { advice: [lost] })
  const { length: clients } = roster.clients
  return ok('api', `${url} lists the connected clients: ${clients}`, { facts: { clients } })
}
