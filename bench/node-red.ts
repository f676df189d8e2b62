/** Node-RED doing the watcher's job: installed for the benchmark alone, into a folder that is kept between runs. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'

const version = '5.0.7'
const folder = join(import.meta.dirname, '..', '.keepwatch', 'bench', `node-red-${version}`)

/** What Node-RED does with a message: as much as the watcher, as its users would write it. */
const readMessage = `
const told = msg.payload
const ended = msg.topic.endsWith('/disconnected')
msg.payload = {
  at: new Date(ended ? told.disconnected_at : told.connected_at).toISOString(),
  cluster: 'bench',
  broker: msg.topic.split('/')[2],
  clientId: told.clientid,
  type: ended ? 'disconnected' : 'connected',
  view: 'broker',
  reason: told.reason,
  connectedAt: new Date(told.connected_at).toISOString(),
  peer: told.ipaddress,
  username: told.username,
  protocol: told.proto_ver,
  keepaliveSeconds: told.keepalive,
  cleanStart: told.clean_start,
}
return msg`

/** Events that are sent together. */
export const joinCount = 500

/** Installs Node-RED where it is not yet; takes half a minute and the npm registry. */
export function installNodeRed(): void {
  if (existsSync(join(folder, 'node_modules', 'node-red'))) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  const options = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `node-red@${version}`]
  execFileSync('npm', options, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Starts it between a broker and an HTTP sink; it connects at once. */
export function startNodeRed(
  brokerPort: number,
  sinkPort: number,
): { readonly pid: number; readonly stop: () => void } {
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(flowOf(brokerPort, sinkPort)))
  writeFileSync(
    join(folder, 'settings.cjs'),
    `module.exports = { httpAdminRoot: false, httpNodeRoot: false, uiPort: 0, uiHost: '127.0.0.1', flowFile: 'flows.json',
      logging: { console: { level: 'error' } }, telemetry: { enabled: false } }\n`,
  )
  const red = createRequire(join(folder, 'package.json')).resolve('node-red/red.js')
  const child = spawn(process.execPath, [red, '--userDir', folder, '--settings', join(folder, 'settings.cjs')], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (child.pid === undefined) throw new Error('Node-RED did not start')
  return { pid: child.pid, stop: () => void child.kill('SIGKILL') }
}

function flowOf(brokerPort: number, sinkPort: number): object[] {
  const at = { z: 'flow', x: 0, y: 0 }
  return [
    { id: 'flow', type: 'tab', label: 'bench' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: String(brokerPort),
      protocolVersion: '5',
      keepalive: '60',
      cleansession: true,
      autoConnect: true,
    },
    {
      ...at,
      id: 'in',
      type: 'mqtt in',
      topic: '$SYS/brokers/+/clients/#',
      qos: '0',
      datatype: 'json',
      broker: 'broker',
      inputs: 0,
      wires: [['read']],
    },
    { ...at, id: 'read', type: 'function', func: readMessage, outputs: 1, wires: [['join']] },
    {
      ...at,
      id: 'join',
      type: 'join',
      mode: 'custom',
      build: 'array',
      property: 'payload',
      propertyType: 'msg',
      count: String(joinCount),
      wires: [['send']],
    },
    {
      ...at,
      id: 'send',
      type: 'http request',
      method: 'POST',
      ret: 'txt',
      url: `http://127.0.0.1:${sinkPort}/`,
      wires: [[]],
    },
  ]
}
