/** One feed from its secret to its version: the checks in their order, each as soon as it is known. */
import { type Check, skipped, skippedAfter } from './check.ts'
import { checkApi } from './api.ts'
import { checkClock } from './clock.ts'
import { checkEvents } from './events.ts'
import { checkSecret, type Vault } from './inputs.ts'
import { checkLogin } from './login.ts'
import { checkDns, checkTcp, placeOf } from './network.ts'
import { close, isAmqp, open, type Opening } from './opening.ts'
import { greetRabbit } from './rabbit.ts'
import { checkSession } from './session.ts'
import type { Known, Subject } from './subject.ts'
import { checkTls } from './tls.ts'
import { checkTopics } from './topics.ts'
import { checkVersion, versionSubscriptions } from './version.ts'

/** Gives checks in groups: those of a group are known at once. Never throws. */
export async function* examine(subject: Subject, vault: Vault): AsyncGenerator<readonly Check[]> {
  yield* examineFeed(subject, vault)
  const { api } = subject.feed
  if (api === undefined) return
  subject.doing(`asking ${api.url} for the connected clients`)
  yield [await checkApi(subject, api, vault)]
}

async function* examineFeed(subject: Subject, vault: Vault): AsyncGenerator<readonly Check[]> {
  const { check, credentials } = await checkSecret(subject.feed, vault)
  yield [check]
  const place = placeOf(subject.feed.url)
  subject.doing(`asking DNS for ${place.host}`)
  const dns = await checkDns(place, subject)
  yield [dns]
  if (dns.status === 'failed') return yield skippedAfter('dns', 'the host is not known')
  subject.doing(`connecting to ${place.host} port ${place.port}`)
  const tcp = await checkTcp(place, subject)
  yield [tcp]
  if (tcp.status === 'failed') return yield skippedAfter('tcp', 'nobody can be reached')
  if (credentials === undefined) return yield skippedAfter('tcp', 'the secret cannot be used')
  const known = { ...subject, credentials }
  const tls = place.isSecure ? await checkTls(place, known, Date.now()) : skipped('tls', notSecure(place.host))
  yield [tls]
  if (tls.status === 'failed') return yield skippedAfter('tls', 'the connection cannot be trusted')
  yield* examineSession(known)
}

function notSecure(host: string): string {
  return /^(127\.|::1$|localhost$)/.test(host)
    ? 'not asked for: the broker is on this machine'
    : 'not asked for: password and client ids travel readable (mqtts:// would encrypt them)'
}

const notLetIn = 'we are not let in'

async function* examineSession(subject: Known): AsyncGenerator<readonly Check[]> {
  subject.doing('logging in')
  const greeting = isAmqp(subject) ? await greetRabbit(subject) : undefined
  if (greeting?.login.status === 'failed') {
    yield [greeting.login]
    return yield skippedAfter('login', notLetIn)
  }
  const opening = await open(subject, { clientId: subject.probeId, clean: true, more: versionSubscriptions(subject) })
  try {
    const login = greeting?.login ?? checkLogin(subject, opening)
    yield [login]
    if (login.status === 'failed') return yield skippedAfter('login', notLetIn)
    const topics = checkTopics(subject, opening)
    yield [topics]
    if (topics.status === 'failed') return yield skippedAfter('topics', 'what would tell cannot be read')
    subject.doing('a probe comes and goes')
    yield* examineEvents(subject, opening)
    yield [greeting?.version ?? checkVersion(subject, opening)]
  } finally {
    await close(opening)
  }
}

async function* examineEvents(subject: Known, opening: Opening): AsyncGenerator<readonly Check[]> {
  const events = await checkEvents(subject, opening)
  yield [events]
  yield [checkClock(opening.heard.events)]
  // Where nothing arrives, nothing can have been kept.
  yield [
    events.status === 'failed'
      ? skipped('session', 'no events come that could be kept')
      : await checkSession(subject, opening),
  ]
}
