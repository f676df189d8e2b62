/** Devices that tell of themselves, watched through a real broker: wills that it publishes, bytes, what is retained. */
import mqtt from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { genericFor } from '../../domain/dialects/generic.ts'
import { createCleanup, freePort, mosquittoFolder, removeFolder, startMosquitto, until, watch } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

const topic = 'devices/pump-17/status'
const nodeDeath = 'spBv1.0/plant/NDEATH/edge-1'
/** A Sparkplug payload with nothing in it but bdSeq 200; the number is no UTF-8. */
const bdSeq = Buffer.from([0x12, 10, 0x0a, 5, ...Buffer.from('bdSeq'), 0x58, 0xc8, 0x01])

test('a device that is lost ends by its will; what was retained before is no event', async () => {
  const port = await freePort()
  const folder = mosquittoFolder()
  cleanup.defer(() => removeFolder(folder))
  const broker = await startMosquitto(port, ['allow_anonymous true', `listener ${port} 127.0.0.1`], folder)
  cleanup.defer(broker.stop)
  const url = `mqtt://127.0.0.1:${port}`
  const connect = async (clientId: string, will: { topic: string; payload: Buffer }) => {
    const client = await mqtt.connectAsync(url, {
      clientId,
      will: { ...will, qos: 1, retain: false },
      reconnectPeriod: 0,
    })
    cleanup.defer(async () => client.endAsync(true))
    return client
  }
  const device = await connect('some-mqtt-id', { topic, payload: Buffer.from('offline') })
  const node = await connect('another', { topic: nodeDeath, payload: bdSeq })
  await device.publishAsync(topic, 'offline', { qos: 1, retain: true })

  const presence = [
    { convention: 'sparkplug' as const },
    { topic: 'devices/{clientId}/status', online: 'on', offline: 'offline' },
  ]
  const { up, queue, feed, stop } = watch({ url, dialect: genericFor(presence) })
  cleanup.defer(stop)
  await up()
  await until('the retained message', () => feed().rejected['retained'] === 1)
  await device.publishAsync(topic, 'on', { qos: 1 })
  await node.publishAsync('spBv1.0/plant/NBIRTH/edge-1', bdSeq, { qos: 0 })
  await until('both births', () => queue.events().length === 2)
  device.stream.destroy()
  node.stream.destroy()
  await until('both wills', () => queue.events().length === 4)

  const of = (clientId: string) => queue.events().filter((event) => event.clientId === clientId)
  expect(of('pump-17')).toMatchObject([
    { type: 'connected' },
    { type: 'disconnected', cause: 'unknown', reason: 'will' },
  ])
  expect(of('plant/edge-1')).toMatchObject([
    { type: 'connected', sessionKey: 'bdSeq 200' },
    { type: 'disconnected', sessionKey: 'bdSeq 200', broker: 'node-1' },
  ])
  expect(feed().inferredEnds ?? 0).toBe(0)
})
