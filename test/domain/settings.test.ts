import { expect, test } from 'vitest'
import { checkSettings } from '../../domain/settings-check.ts'
import { ownClient } from '../../domain/settings.ts'

test('both slots of every feed and the probes of the doctor are own; ids that only look alike are not', () => {
  const feeds = [{ broker: 'b1', url: 'mqtt://b1' }]
  const named = [{ broker: 'b2', url: 'mqtt://b2', connection: { clientId: 'watching' } }]
  const checked = checkSettings({
    clusters: [
      { name: 'north', dialect: 'mosquitto', feeds },
      { name: 'south', dialect: 'mosquitto', feeds: named },
    ],
  })
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  const isOwn = ownClient(checked.settings)
  const ids = ['keepwatch-north-b1-a', 'keepwatch-north-b1-b', 'watching-a', 'keepwatch-probe-3f9c01']
  expect(ids.filter((id) => !isOwn(id))).toEqual([])
  expect(['watching', 'watching-c', 'keepwatch-north-b1', 'x-keepwatch-probe-1', 'keepwatch-'].filter(isOwn)).toEqual(
    [],
  )
})
