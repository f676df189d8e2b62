// An application that says why its MQTT connection ends: node node.mjs mqtt://127.0.0.1:1883
// In Keepwatch's own folder: node --conditions=keepwatch-source examples/observe/node.mjs mqtt://127.0.0.1:1883
import mqtt from 'mqtt'
import { observe } from 'keepwatch/observe'
import { observeOptions } from 'keepwatch/observe/options'

const client = mqtt.connect(process.argv[2] ?? 'mqtt://127.0.0.1:1883', observeOptions({ keepalive: 30 }))

observe(client, { log: (line) => console.error(line) })
  .on('connected', ({ connectMs }) => console.log(`connected in ${connectMs} ms`))
  .on('closed', ({ cause, text }) => console.log(`${cause}: ${text}`))

client.on('connect', () => client.publish('go', 'hello'))
process.on('SIGINT', () => client.end())
