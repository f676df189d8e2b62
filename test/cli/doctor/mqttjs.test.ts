import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ReportSchema } from '../../../cli/doctor/check.ts'
import { checkMqttjs } from '../../../cli/doctor/mqttjs.ts'
import { createCleanup, freePort, removeFolder } from '../../watcher/stage.ts'
import { call, configured, linesOf } from '../stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

/** A project with this package.json of MQTT.js. */
function project(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-project-'))
  cleanup.defer(() => removeFolder(folder))
  mkdirSync(join(folder, 'node_modules', 'mqtt'), { recursive: true })
  writeFileSync(join(folder, 'node_modules', 'mqtt', 'package.json'), content)
  return folder
}
const using = (version: string) => project(JSON.stringify({ name: 'mqtt', version, main: 'x.js' }))

describe('the MQTT.js of a project', () => {
  test('an old one: each defect with its source, and the version that is free of all', () => {
    const check = checkMqttjs(using('5.3.4'))
    expect(check).toMatchObject({ name: 'mqttjs', status: 'warning', facts: { version: '5.3.4', free: '5.16.0' } })
    const texts = (check.advice ?? []).map(({ text }) => text)
    expect(texts).toContainEqual(expect.stringMatching(/ping timer lives on.*5\.3\.5: https:.*\/issues\/1778$/))
    expect(texts.join(' ')).not.toContain('slow down to one a minute')
    expect(linesOf(check)).toEqual(['npm install mqtt@^5.16.0'])
  })

  test('the newest has none that could be mended by another version', () => {
    const check = checkMqttjs(using('5.16.0'))
    expect(check).toMatchObject({ status: 'ok', facts: { defects: expect.arrayContaining(['open_after_malformed']) } })
    expect(check.found).toMatch(/^MQTT\.js 5\.16\.0: no defect/)
  })

  test('is found where Node would find it: in a folder above', () => {
    const folder = using('5.5.5')
    mkdirSync(join(folder, 'packages', 'app'), { recursive: true })
    expect(checkMqttjs(join(folder, 'packages', 'app')).facts).toMatchObject({ version: '5.5.5' })
  })

  test.each([
    ['another package', '{"name":"mqtt-packet","version":"9.0.2"}'],
    ['no JSON', '{"name":'],
    ['no version', '{"name":"mqtt"}'],
    ['a version that is none', '{"name":"mqtt","version":"latest"}'],
  ])('%s is a failure, not an exception', (_, content) => {
    expect(checkMqttjs(project(content))).toMatchObject({ name: 'mqttjs', status: 'failed' })
  })

  test('none installed: says where it looked and what to do', () => {
    const check = checkMqttjs('/nowhere/at/all')
    expect(check).toMatchObject({ status: 'failed', found: 'no node_modules/mqtt in /nowhere/at/all or above it' })
    expect(linesOf(check)).toEqual(['npm install mqtt'])
  })
})

describe('keepwatch doctor --mqttjs', () => {
  test('without --config looks at nothing else, in at most 100 columns', async () => {
    const { code, text, errors } = await call('--mqttjs', using('5.8.0'))
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(text).toMatch(/^warning {2}mqttjs {9}MQTT\.js 5\.8\.0 has 3 known defects of connections\n/)
    expect(text).toMatch(/\n0 failed, 1 warning, 0 ok, 0 skipped\.\n$/)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  test('tells programs the same; what is not there fails', async () => {
    const report = ReportSchema.parse(JSON.parse((await call('--json', '--mqttjs', using('5.5.5'))).text))
    expect(report).toMatchObject({
      status: 'warning',
      feeds: [],
      checks: [{ name: 'mqttjs', facts: { free: '5.16.0' } }],
    })
    expect(await call('--mqttjs', '/nowhere/at/all')).toMatchObject({ code: 1 })
  })

  test('with --config looks at both', async () => {
    const folder = using('5.16.0')
    const feeds = [{ broker: 'b1', url: `mqtt://127.0.0.1:${await freePort()}` }]
    const clusters = [{ name: 'plant', dialect: 'mosquitto', feeds }]
    const { text } = await call(...configured({ folder, clusters }), '--mqttjs', folder)
    expect(text).toMatch(/^ok {7}configuration /)
    expect(text).toMatch(/\nok {7}mqttjs /)
    expect(text).toMatch(/\nfailed {3}tcp /)
  })
})
