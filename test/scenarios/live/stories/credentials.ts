/** Live stories of who may connect, and of what one may do then. */
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { startClient, startFleet } from '../clients.ts'
import type { Ground } from '../ground.ts'
import type { LiveStory } from '../story.ts'

/** Writes the password into the folder's password file, which a mosquitto reads at its start and at SIGHUP. */
function setPassword(folder: string, user: string, password: string, isFirst = false): void {
  const file = join(folder, 'passwords')
  execFileSync('mosquitto_passwd', [...(isFirst ? ['-c'] : []), '-H', 'sha512', '-b', file, user, password])
  chmodSync(file, 0o644)
}

const pumps = Array.from({ length: 8 }, (_, index) => `pump-${index}`)
/** Longer than a diagnosis takes for a login that never was accepted properly. */
const tokenMs = 31_000
/** MQTT.js gives up at the first refusal unless told otherwise. */
const persistent = { reconnectOnConnackError: true, reconnectPeriod: 700 }

export const stories: readonly LiveStory[] = [
  {
    title: 'a wrong password from the start; asked of the client, which posts what it saw',
    right: ['bad_credentials'],
    happen: async (ground) => {
      const { port } = await startWithPassword(ground)
      const lines: string[] = []
      const options = { ...persistent, log: (line: string) => void lines.push(line) }
      const login = { username: 'fleet', password: 'wrong' }
      startClient(ground, port, { clientId: 'heater', ...login, ...options })
      await ground.until('twelve refusals', () => ground.of(undefined, 'refused').length >= 12)
      for (const line of lines) ground.post(line, 'node-1')
      return { subject: { of: 'client', clientId: 'heater' } }
    },
  },
  {
    title: 'a wrong password from the start; asked of the broker, which does not know who it was',
    right: ['bad_credentials'],
    happen: async (ground) => {
      const { port } = await startWithPassword(ground)
      const login = { username: 'fleet', password: 'wrong' }
      startClient(ground, port, { clientId: 'heater', isMute: true, ...login, ...persistent })
      await ground.until('twelve refusals', () => ground.of(undefined, 'refused').length >= 12)
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'passwords that are changed every 31 s; eight clients go on using the old one',
    right: ['expired_credentials'],
    happen: async (ground) => {
      const lines = ['allow_anonymous false', 'password_file DIR/passwords']
      const broker = await ground.mosquitto('node-1', lines, {}, (folder) => {
        setPassword(folder, 'fleet', 'right', true)
        for (const pump of pumps) setPassword(folder, pump, 'first')
      })
      await ground.watch('mosquitto', { username: 'fleet', password: 'right' })
      await Promise.all(
        pumps.map(async (pump, index) => {
          await ground.pass(500 * index)
          const client = startPump(ground, broker.port, pump, 'first')
          await ground.until('a connection', () => ground.of(pump, 'connected').length > 0)
          await ground.pass(tokenMs)
          // The broker throws out whoever uses the old one, and takes it no more.
          setPassword(broker.folder, pump, 'second')
          broker.signal('SIGHUP')
          await client.renewed(() => 'second')
        }),
      )
      // mosquitto does not say whom it refused: the broker as a whole could not be asked.
      return { subject: { of: 'client', clientId: 'pump-3' } }
    },
  },
  {
    title: 'access tokens of 31 s, and a broker that hangs up when one is over; eight clients use theirs again',
    right: ['expired_credentials'],
    happen: async (ground) => {
      const { port } = await ground.aedes('node-1', (broker) => {
        broker.authenticate = (client, username = '', password, done) => {
          const leftMs = username?.startsWith('pump') ? Number(password) - Date.now() : Infinity
          if (leftMs <= 0) return done(Object.assign(new Error('the token is over'), { returnCode: 5 }), false)
          if (leftMs < Infinity) setTimeout(() => client.close(), leftMs)
          done(null, true)
        }
      })
      await ground.watch('aedes')
      startFleet(ground, port, 4)
      const token = () => String(Date.now() + tokenMs)
      await Promise.all(
        pumps.map(async (pump, index) => {
          // What fails in one moment would be no life of a token.
          await ground.pass(2500 * index)
          const client = startPump(ground, port, pump, token())
          await ground.until('its end', () => ground.of(pump, 'disconnected').length > 0)
          await client.renewed(token)
        }),
      )
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'the broker hangs up at the first publish to a topic that is not allowed',
    right: ['authorization_denied'],
    happen: async (ground) => {
      const { port } = await ground.aedes('node-1', (broker) => {
        broker.authorizePublish = (_client, { topic }, done) =>
          done(topic.startsWith('orders/') ? new Error('not allowed') : null)
      })
      await ground.watch('aedes')
      startFleet(ground, port, 4)
      const shop = startClient(ground, port, { clientId: 'shop', reconnectPeriod: 1000 })
      shop.on('connect', () => shop.publish('orders/1', '{}', { qos: 0 }))
      await ground.until('fifteen ends', () => ground.of('shop', 'disconnected').length >= 15)
      return { subject: { of: 'client', clientId: 'shop' } }
    },
  },
]

/** A client that uses its password until it is given another, after three refusals. */
function startPump(ground: Ground, port: number, clientId: string, password: string) {
  let refusals = 0
  const log = (line: string) => void (refusals += line.includes('"connack_refused"') ? 1 : 0)
  const client = startClient(ground, port, { clientId, username: clientId, password, ...persistent, log })
  return {
    renewed: async (fetched: () => string) => {
      await ground.until('three refusals', () => refusals >= 3)
      client.options.password = fetched()
      await ground.until('what it saw', () => ground.of(clientId, 'refused', 'client').length >= 3)
    },
  }
}

/** A mosquitto with one login, and a client that knows it. */
async function startWithPassword(ground: Ground) {
  const login = { username: 'fleet', password: 'right' }
  const lines = ['allow_anonymous false', 'password_file DIR/passwords']
  const broker = await ground.mosquitto('node-1', lines, {}, (folder) =>
    setPassword(folder, login.username, login.password, true),
  )
  await ground.watch('mosquitto', login)
  startClient(ground, broker.port, { clientId: 'boiler', everyMs: 500, ...login })
  return broker
}
