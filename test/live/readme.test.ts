import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createCleanup, freePort, mosquittoFolder, removeFolder, startMosquitto, until } from '../watcher/stage.ts'
import { command, isAlive } from './command.ts'
import { connected } from './faults.ts'

const root = join(import.meta.dirname, '..', '..')
const cleanup = createCleanup()
afterAll(async () => cleanup.run(), 60_000)

/** Shell lines of every document people start from; what runs for minutes by design is marked `sh` there. */
const commands = ['README.md', 'CONTRIBUTING.md'].flatMap((document) =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/```bash\n([\s\S]*?)```/g)].flatMap((block) =>
    (block[1] ?? '').trim().split('\n'),
  ),
)

describe('every command of the README', () => {
  it('is one that a test runs', () => {
    const run = [
      // By demonstration.test.ts, after the `npm ci` that had to come before any test.
      'npm ci && npm start',
      'npm ci',
      // The command that runs this.
      'npm test',
      'npm start -- --config keepwatch.example.json',
      'npm run keepwatch -- doctor --config keepwatch.example.json',
      // By demonstration.test.ts.
      'npm run keepwatch -- explain truck-12',
      'npm run keepwatch -- brokers',
      'npm run keepwatch -- alerts',
      'npm run keepwatch -- events truck-12',
      'npm run keepwatch -- balance',
      'npm run keepwatch -- replay examples/replay/minutes.jsonl',
      'npx cdk synth -q',
    ]
    expect(commands.toSorted()).toEqual(run.toSorted())
  })

  it('npx cdk synth -q exits 0 and leaves a template', async () => {
    const output = join(mosquittoFolder(), 'cdk.out')
    cleanup.defer(() => removeFolder(join(output, '..')))
    const synth = command(`npx cdk synth -q --output ${output}`)
    expect([await synth.exited, synth.output()]).toEqual([0, expect.any(String)])
    expect(readFileSync(join(output, 'Keepwatch.template.json'), 'utf8')).toContain('AWS::DynamoDB')
  }, 180_000)

  it('npm run keepwatch -- replay tells of the incident in the sample', async () => {
    const replay = command('npm run keepwatch -- replay examples/replay/minutes.jsonl')
    expect([await replay.exited, replay.output()]).toEqual([0, expect.stringContaining('disconnect_rate plant/south')])
  }, 60_000)

  it('npm start -- --config watches a mosquitto on this machine, as the example says', async () => {
    // The example names mosquitto's own port, which may be taken here: the same file with another.
    const port = await freePort()
    const api = await freePort()
    const folder = mosquittoFolder()
    cleanup.defer(() => removeFolder(folder))
    const example = readFileSync(join(root, 'keepwatch.example.json'), 'utf8')
    expect(example).toContain('mqtt://127.0.0.1:1883')
    const file = join(folder, 'keepwatch.json')
    writeFileSync(file, example.replace(':1883', `:${port}`))
    const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'log_dest topic', 'connection_messages true']
    const mosquitto = await startMosquitto(port, lines, folder)
    cleanup.defer(async () => mosquitto.stop())
    const started = command(`npm start -- --config ${file} --port ${api} --data ${join(folder, 'data')}`)
    cleanup.defer(() => started.processes().forEach((pid) => isAlive(pid) && process.kill(pid, 'SIGKILL')))
    await started.says('feed is up', 120_000)
    await (await connected(port, 'pump-17')).endAsync()
    let told: { events?: { cause?: string }[] } = {}
    await until(
      'the event',
      async () => {
        const answer = await fetch(`http://127.0.0.1:${api}/v1/clients/events?clientId=pump-17`)
        told = (await answer.json()) as typeof told
        return told.events?.[0]?.cause === 'client_requested'
      },
      60_000,
      () => [told, started.output()],
    )

    // While it watches, the doctor finds nothing wrong, and its client is none of the fleet.
    const doctor = command(`npm run keepwatch -- doctor --config ${file}`)
    expect([await doctor.exited, doctor.output()]).toEqual([0, expect.stringContaining('All is well')])
    await until('its events, marked as own', async () => {
      const answer = await fetch(`http://127.0.0.1:${api}/v1/clusters/plant/brokers/mosquitto-1/events?limit=50`)
      const body = (await answer.json()) as { events?: { clientId?: string; own?: boolean }[] }
      const probes = body.events?.filter(({ clientId }) => clientId?.startsWith('keepwatch-probe-') === true) ?? []
      return probes.length > 0 && probes.every(({ own }) => own === true)
    })
  }, 180_000)

  it('a malformed configuration: every fault at once, exit code 2, no secret shown, nothing started', async () => {
    const folder = mosquittoFolder()
    cleanup.defer(() => removeFolder(folder))
    const file = join(folder, 'keepwatch.json')
    const feeds = [
      { broker: 'b1', url: 'http://b1', password: 'hunter2' },
      { url: 'mqtt://b2', connection: { keepalive: 'x' } },
    ]
    writeFileSync(file, JSON.stringify({ clusters: [{ name: 'a b', dialect: 'mosquito', feeds }] }))
    const started = command(`npm start -- --config ${file} --port ${await freePort()} --data ${join(folder, 'data')}`)
    expect(await started.exited).toBe(2)
    const said = started.output()
    for (const path of [
      'clusters[0].name',
      'clusters[0].dialect',
      'clusters[0].feeds[0].url',
      'clusters[0].feeds[0].password',
      'clusters[0].feeds[1].connection.keepalive',
    ]) {
      expect(said).toContain(path)
    }
    expect(said).not.toContain('hunter2')
    expect(said).toContain('keepwatch.secrets.json')
    expect(said).not.toContain('Ready in')
  }, 60_000)
})
