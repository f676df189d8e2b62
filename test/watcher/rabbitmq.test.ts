/** Real RabbitMQ, two nodes in one cluster: what is heard through a link, what a lost link costs, and what endings say. */
import { readFileSync } from 'node:fs'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { connect as connectAmqp } from 'amqplib'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventOf } from '../../codec/identity.ts'
import { rabbitmq } from '../../domain/dialects/rabbitmq.ts'
import type { EventDraft } from '../../domain/event.ts'
import { FeedSchema } from '../../domain/feed.ts'
import { openAmqpLink } from '../../watcher/amqp-link.ts'
import type { Arrival, Link } from '../../watcher/link.ts'
import { createReader } from '../../watcher/reader.ts'
import type { Credentials } from '../../watcher/secrets.ts'
import { fetchRabbitRoster } from '../../watcher/rabbitmq-roster.ts'
import { isRabbitInstalled, type RabbitNode, startRabbit } from '../rabbitmq.ts'
import { freePort, makeCertificates, mosquittoFolder, removeFolder, until } from './stage.ts'

const all = { configure: '.*', write: '.*', read: '.*' }
const least = { configure: '^keepwatch-', write: '^keepwatch-', read: String.raw`^(keepwatch-|amq\.rabbitmq\.event$)` }
const definitions = {
  vhosts: [{ name: '/' }, { name: 'bare' }],
  users: [
    { name: 'admin', password: 'admin-password', tags: [] },
    { name: 'device', password: 'device-password', tags: [] },
    { name: 'keepwatch', password: 'keepwatch-password', tags: ['monitoring'] },
    { name: 'blind', password: 'blind-password', tags: ['management'] },
  ],
  permissions: [
    { user: 'admin', vhost: '/', ...all },
    { user: 'device', vhost: '/', ...all },
    { user: 'keepwatch', vhost: '/', ...least },
    { user: 'keepwatch', vhost: 'bare', ...least },
    { user: 'blind', vhost: '/', ...least, read: '^keepwatch-' },
  ],
}
const amqpUrl = (node: RabbitNode, user: string) => `amqp://${user}:${user}-password@127.0.0.1:${node.amqpPort}`
const login: Credentials = { username: 'keepwatch', password: 'keepwatch-password' }

if (!isRabbitInstalled && process.env['CI'] === undefined) {
  console.warn('SKIPPED: RabbitMQ is not installed (apt-get install rabbitmq-server); nothing of its feed is tested.')
}

describe.skipIf(!isRabbitInstalled && process.env['CI'] === undefined)('a feed of RabbitMQ', () => {
  let rabbit: Awaited<ReturnType<typeof startRabbit>> | undefined
  let one: RabbitNode
  let two: RabbitNode
  let certificates: string
  const links: Link[] = []

  beforeAll(async () => {
    certificates = mosquittoFolder()
    makeCertificates(certificates)
    rabbit = await startRabbit({ nodes: 2, definitions, certificates })
    const [first, second] = rabbit.nodes
    if (first === undefined || second === undefined) throw new Error('no two nodes')
    one = first
    two = second
  }, 240_000)
  afterAll(async () => {
    for (const link of links) link.close('the test is over')
    await rabbit?.stop()
    removeFolder(certificates)
  }, 60_000)

  interface Opening {
    readonly url?: string
    readonly clientId?: string
    readonly credentials?: Credentials
    readonly connection?: object
    readonly secret?: string
  }

  /** A link with what it heard, read as a feed would read it. */
  function open({
    url = `amqp://127.0.0.1:${one.amqpPort}`,
    clientId = 'test',
    credentials = login,
    ...others
  }: Opening) {
    const feed = FeedSchema.parse({
      url,
      ...others,
      connection: { keepalive: 5, connectTimeout: 5000, ...others.connection },
    })
    const reader = createReader(rabbitmq, { cluster: 'plant', broker: one.name, isOwn: () => false })
    const arrivals: Arrival[] = []
    const events: EventDraft[] = []
    const heard = { packets: 0, pressed: 0 }
    const link = openAmqpLink({
      feed,
      clientId,
      protocol: 5,
      clean: false,
      credentials,
      subscriptions: rabbitmq.subscriptions,
      onPacket: () => void (heard.packets += 1),
      onPressing: () => void (heard.pressed += 1),
      onMessage: (arrival) => {
        arrivals.push(arrival)
        events.push(...reader.read(arrival, { receivedAt: Date.now(), measured: false }).events)
      },
    })
    links.push(link)
    const of = (id: string) => events.filter((event) => event.clientId === id).map(({ type, broker }) => [type, broker])
    return { link, arrivals, events, heard, of }
  }

  async function device(node: RabbitNode, clientId: string, password = 'device-password'): Promise<MqttClient> {
    const options = { clientId, password, username: 'device', protocolVersion: 4 as const, reconnectPeriod: 0 }
    return mqtt.connectAsync(`mqtt://127.0.0.1:${node.mqttPort}`, options, false)
  }

  it('hears through one node of the clients of both: who, where, and whose end it was', async () => {
    const { link, of, events } = open({ clientId: 'hearing' })
    expect(await link.standing).toEqual({ resumed: false, granted: [1, 1, 1] })
    for (const [node, id] of [
      [one, 'pump "1"/ä\\'],
      [two, '泵-2'],
    ] as const) {
      const client = await device(node, id)
      await client.endAsync()
      await until(`the end of ${id}`, () => of(id).length === 2)
      expect(of(id)).toEqual([
        ['connected', node.name],
        ['disconnected', node.name],
      ])
    }
    const older = await device(one, 'twice')
    const younger = await device(two, 'twice')
    await until('the end of the session taken over', () => of('twice').length === 3)
    expect(of('twice')).toEqual([
      ['connected', one.name],
      ['connected', two.name],
      ['disconnected', one.name],
    ])
    older.end(true)
    await younger.endAsync()
    await expect(device(one, 'intruder', 'a wrong one')).rejects.toThrow(/Bad username or password/)
    await until('the refusal', () => events.some(({ type }) => type === 'refused'))
    const refused = events.find(({ type }) => type === 'refused')
    expect(refused).toMatchObject({
      username: 'device',
      reason: "user 'device' - invalid credentials",
      broker: one.name,
    })
    expect(refused).not.toHaveProperty('clientId')
    link.close('done')
    expect(await link.ended).toEqual({ words: 'done', loginRefused: false })
  }, 60_000)

  /** A link that stands; until RabbitMQ has noticed that the last reader is gone, it lets no other read. */
  async function standing(opening: Opening) {
    for (;;) {
      const opened = open(opening)
      const stands = await opened.link.standing
      if (stands) return { ...opened, ...stands }
      const { words } = await opened.link.ended
      if (!/has a reader/.test(words)) throw new Error(words)
    }
  }
  const endOf = async (opening: Opening) => open(opening).link.ended

  it('resumes after the link was cut: nothing is lost, and what comes again is the same event', async () => {
    const path = await startPath(one.amqpPort)
    const first = await standing({ clientId: 'cut', url: path.url })
    expect(first.resumed).toBe(false)
    await (await device(two, 'shipped')).endAsync()
    await until('what will be shipped', () => first.of('shipped').length === 2)
    const acknowledge = first.link.receipt()
    await (await device(two, 'in-flight')).endAsync()
    await until('what will be in flight', () => first.of('in-flight').length === 2)
    acknowledge?.()
    const { packets } = first.heard
    first.link.ping()
    await until('an answer, which comes after the acknowledgement was taken', () => first.heard.packets > packets)
    const unsent = first.link.receipt()
    path.cut()
    expect((await first.link.ended).words).toMatch(/^connection lost: /)
    unsent?.()
    await (await device(one, 'meanwhile')).endAsync()

    const second = await standing({ clientId: 'cut' })
    expect(second.resumed).toBe(true)
    await until('all that was kept', () => second.of('meanwhile').length === 2)
    expect([second.arrivals.at(0), second.arrivals.at(-1)].map((each) => each?.duplicate)).toEqual([true, false])
    expect(second.of('in-flight')).toHaveLength(2)
    expect(second.of('shipped')).toEqual([])
    const identified = [...first.events, ...second.events].map((event) => ({
      who: event.clientId,
      id: eventOf(event).id,
    }))
    const once = new Map(identified.map(({ who, id }) => [id, who]))
    expect([...once.values()].filter((who) => who !== undefined).toSorted()).toEqual(
      ['in-flight', 'in-flight', 'meanwhile', 'meanwhile', 'shipped', 'shipped'].toSorted(),
    )
    second.link.close('done')
    await second.link.ended
  }, 60_000)

  it('keeps what came while it was away after a goodbye, too, and tells when the queue cannot vouch for all of it', async () => {
    const first = await standing({ clientId: 'away' })
    first.link.close('the watcher stopped')
    await first.link.ended
    await (await device(two, 'alone')).endAsync()
    // What a restart of the queue's node does: the witness is not durable.
    const admin = await connectAmqp(amqpUrl(one, 'admin'))
    const channel = await admin.createChannel()
    await channel.deleteQueue('keepwatch-away-witness')
    const second = await standing({ clientId: 'away' })
    expect(second.resumed).toBe(false)
    await until('what was kept all the same', () => second.of('alone').length === 2)
    second.link.receipt()?.()
    second.link.close('done')
    await second.link.ended
    // Nothing was left in it, so that it could be replaced by one that has a witness.
    const third = await standing({ clientId: 'away' })
    expect(third.resumed).toBe(false)
    third.link.close('done')
    await third.link.ended
    const fourth = await standing({ clientId: 'away', connection: { sessionExpirySeconds: 60 } })
    // Other limits make another queue.
    expect(fourth.resumed).toBe(false)

    const intruder = await endOf({ clientId: 'away' })
    expect(intruder.words).toContain('a second watcher of this slot')
    await channel.deleteQueue('keepwatch-away')
    expect((await fourth.link.ended).words).toContain('the feed’s queue is gone')
    await admin.close()
  }, 60_000)

  it('stops taking more than the receive maximum, and says early that it should be relieved', async () => {
    const { link, heard, arrivals } = await standing({ clientId: 'small', connection: { receiveMaximum: 10 } })
    for (let number = 0; number < 6; number += 1) await (await device(one, `many-${number}`)).endAsync()
    await until('a full window', () => link.windowFull())
    expect({ arrived: arrivals.length, pressed: heard.pressed > 0 }).toEqual({ arrived: 10, pressed: true })
    link.receipt()?.()
    await until('the rest', () => arrivals.length >= 12)
    expect(link.windowFull()).toBe(false)
    link.close('done')
    await link.ended
  }, 60_000)

  it('says why it cannot work, and what to do, and nothing that is secret', async () => {
    const nobody = await freePort()
    const secret = 'plant/rabbitmq'
    const endings = {
      wrong: await endOf({ credentials: { ...login, password: 'hunter2' }, secret }),
      absent: await endOf({ url: `amqp://127.0.0.1:${nobody}` }),
      plain: await endOf({ url: `amqp://127.0.0.1:${one.amqpsPort}` }),
      vhost: await endOf({ url: `amqp://127.0.0.1:${one.amqpPort}/elsewhere` }),
      bare: await endOf({ url: `amqp://127.0.0.1:${one.amqpPort}/bare` }),
      blind: await endOf({ credentials: { username: 'blind', password: 'blind-password' }, clientId: 'blind' }),
      untrusted: await endOf({ url: `amqps://127.0.0.1:${one.amqpsPort}` }),
    }
    const words = Object.fromEntries(Object.entries(endings).map(([name, { words: said }]) => [name, said]))
    expect(endings.wrong.loginRefused).toBe(true)
    expect(words['wrong']).toContain('check the secret "plant/rabbitmq"')
    expect(words['absent']).toContain('nobody listens')
    expect(words['plain']).toContain('is it an AMQP port')
    expect(words['vhost']).toContain('the virtual host in the url is not there')
    expect(words['bare']).toContain('rabbitmq-plugins enable rabbitmq_event_exchange')
    expect(words['blind']).toContain('rabbitmqctl set_permissions')
    expect(words['untrusted']).toContain('put the CA that signed it into "ca"')
    expect(JSON.stringify(endings)).not.toMatch(/hunter2|-password/)
    const ca = readFileSync(`${certificates}/ca.crt`, 'utf8')
    const trusted = await standing({
      url: `amqps://127.0.0.1:${one.amqpsPort}`,
      credentials: { ...login, ca },
      clientId: 'tls',
    })
    trusted.link.close('done')
    await trusted.link.ended
  }, 60_000)

  it('lists who is connected, under the keys that the ends will tell', async () => {
    const { link, events } = await standing({ clientId: 'listing' })
    const clients = [await device(one, 'listed "1" ä'), await device(two, 'listed-2')]
    const connection = { rejectUnauthorized: true }
    const access = { url: `http://127.0.0.1:${one.apiPort}`, credentials: login, connection }
    const listed = async () => {
      const roster = await fetchRabbitRoster(access)
      if (!roster.ok) throw new Error(roster.reason)
      return roster.clients.filter(({ clientId }) => clientId.startsWith('listed'))
    }
    await until('both in the list', async () => (await listed()).length === 2)
    const roster = await listed()
    expect(new Set(roster.map(({ clientId, broker }) => `${clientId} on ${broker}`))).toEqual(
      new Set([`listed "1" ä on ${one.name}`, `listed-2 on ${two.name}`]),
    )
    for (const client of clients) client.end(true)
    const ends = () => events.filter(({ type }) => type === 'disconnected').map(({ sessionKey }) => sessionKey)
    await until('both ends', () => ends().length >= 2)
    expect(ends()).toEqual(expect.arrayContaining(roster.map(({ sessionKey }) => sessionKey)))
    const blind = { username: 'blind', password: 'blind-password' }
    const refusals = {
      tag: await fetchRabbitRoster({ ...access, credentials: blind }),
      login: await fetchRabbitRoster({ ...access, credentials: { ...blind, password: 'hunter2' } }),
      absent: await fetchRabbitRoster({ ...access, url: `http://127.0.0.1:${await freePort()}` }),
    }
    expect(refusals.tag).toMatchObject({
      ok: false,
      reason: expect.stringContaining('set_user_tags keepwatch monitoring'),
    })
    expect(refusals.login).toMatchObject({ ok: false, reason: expect.stringContaining('answered 401') })
    expect(refusals.absent).toMatchObject({ ok: false, reason: expect.stringContaining('ECONNREFUSED') })
    link.close('done')
    await link.ended
  }, 60_000)

  it('goes on with the other node when the node of its queue is killed', async () => {
    const { link } = await standing({ clientId: 'homeless', url: `amqp://127.0.0.1:${two.amqpPort}` })
    const neighbour = await standing({ clientId: 'neighbour' })
    await two.kill()
    expect((await link.ended).words).toMatch(/^connection lost: /)
    const moved = await standing({ clientId: 'homeless' })
    expect(moved.resumed).toBe(false)
    await (await device(one, 'survivor')).endAsync()
    await until('what happens on the other node', () => moved.of('survivor').length === 2)
    await until('the same for who was there all along', () => neighbour.of('survivor').length === 2)
    await one.kill()
    expect((await neighbour.link.ended).words).toMatch(/^connection lost: /)
  }, 60_000)
})

/** A way to a port that can be cut. */
async function startPath(port: number) {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1')
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined))
    near.pipe(far).pipe(near)
  })
  const at = await freePort()
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve))
  return {
    url: `amqp://127.0.0.1:${at}`,
    cut: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
