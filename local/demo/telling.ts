/** What the demonstration's brokers tell of their clients, in the words of mosquitto 2.1.2: aedes itself tells no causes. */
import type { Aedes, Client } from 'aedes'

const figuresEveryMs = 1000

export interface Telling {
  /** Says nothing of clients any more; figures go on. */
  readonly hush: () => void
  readonly stop: () => void
}

/** Publishes a broker's log and figures below `$SYS/broker/`. Every line follows from something that happened to a real client. */
export function tellAsMosquitto(aedes: Aedes): Telling {
  const startedMs = Date.now()
  const peers = new WeakMap<Client, string>()
  const options = new WeakMap<Client, string>()
  const silentTooLong = new WeakSet<Client>()
  /** The latest connection of each client id that was let in: a client that goes while another has its id was taken over. */
  const latest = new Map<string, Client>()
  let isHushed = false
  const publish = (topic: string, text: string, how: { readonly qos: 0 | 1; readonly retain: boolean }) => {
    const packet = { cmd: 'publish', topic: `$SYS/broker/${topic}`, payload: Buffer.from(text), dup: false } as const
    aedes.publish({ ...packet, ...how }, () => {})
  }
  const line = (text: string) => {
    const stamp = Math.floor(Date.now() / 1000)
    if (!isHushed) publish('log/N', `${stamp}: ${text}`, { qos: 1, retain: false })
  }
  const nameOf = (client: Client) => `${client.id} [${peers.get(client) ?? '127.0.0.1:0'}]`
  const endOf = (client: Client): string => {
    if (latest.get(client.id) !== client) return 'disconnected: session taken over.'
    if (saidGoodbye(client)) return 'disconnected.'
    return silentTooLong.has(client) ? 'disconnected: exceeded timeout.' : 'disconnected: connection closed by client.'
  }

  aedes.preConnect = (client, packet, done) => {
    if ('remoteAddress' in client.conn) peers.set(client, `${client.conn.remoteAddress}:${client.conn.remotePort}`)
    options.set(
      client,
      `p${packet.protocolVersion ?? 4}, c${packet.clean === false ? 0 : 1}, k${packet.keepalive ?? 0}`,
    )
    done(null, true)
  }
  aedes.authenticate = (client, _username, password, done) => {
    const isKnown = password?.toString() !== revokedPassword
    if (isKnown) latest.set(client.id, client)
    else line(`Client ${nameOf(client)} disconnected: not authorised.`)
    done(null, isKnown)
  }
  aedes.on('client', (client) => {
    line(`New client connected from ${peers.get(client)} as ${client.id} (${options.get(client)}).`)
  })
  aedes.on('keepaliveTimeout', (client) => silentTooLong.add(client))
  aedes.on('clientDisconnect', (client) => {
    line(`Client ${nameOf(client)} ${endOf(client)}`)
    if (latest.get(client.id) === client) latest.delete(client.id)
  })

  publish('version', 'mosquitto version 2.1.2', { qos: 0, retain: true })
  const figures = setInterval(() => {
    publish('uptime', `${Math.floor((Date.now() - startedMs) / 1000)} seconds`, { qos: 0, retain: true })
    publish('clients/connected', String(aedes.connectedClients), { qos: 0, retain: true })
  }, figuresEveryMs)
  return {
    hush: () => {
      isHushed = true
    },
    stop: () => clearInterval(figures),
  }
}

/** Who comes with this password is refused. */
export const revokedPassword = 'revoked'

/** aedes notes it, though not in its types. */
function saidGoodbye(client: Client): boolean {
  return Reflect.get(client, '_disconnected') === true
}
