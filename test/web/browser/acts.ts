/** What operators do on the page is stored, and what happens elsewhere appears on it by itself. */
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { encodeBatch } from '../../../codec/batch.ts'
import { batchSchemaVersion } from '../../../domain/batch.ts'
import { instant } from '../../../domain/time.ts'
import { writeAlert } from '../../../store/alerts.ts'
import { draftOf } from '../../events.ts'
import { until } from '../../watcher/stage.ts'
import { eventually } from './eventually.ts'
import { panel } from './pages.ts'
import { cutId } from './record.ts'
import type { Given, Stage } from './stage.ts'

export function testActs(given: Given): void {
  describe('who acts on the page', () => {
    it('with the printed link: acknowledges, verifies and silences, and the record holds it', async () => {
      const path = (await given.places())['Alert of a broker'] ?? ''
      const stored = async () => given.get(`/v1${path}`)
      const { page, faults, close } = await given.open(`${path}#token=${given.stage.system.token}`)
      const acts = panel(page, 'Act on it')
      await acts.getByRole('textbox', { name: 'Note' }).fill('on my way <b>')
      await acts.getByRole('button', { name: 'Acknowledge' }).click()
      await acts.getByText('Acknowledged', { exact: true }).waitFor()
      expect((await stored()).acknowledgement).toMatchObject({ by: 'local', note: 'on my way <b>' })
      await acts.getByRole('radio', { name: 'An incident' }).check()
      await acts.getByRole('button', { name: 'Keep this verdict' }).click()
      await acts.getByText('Verified: an incident').waitFor()
      expect((await stored()).verification).toMatchObject({ by: 'local', verdict: 'true' })
      const silences = panel(page, 'Silences')
      await silences.getByText('Silence alerts like it …').click()
      await silences.getByRole('textbox', { name: 'Comment' }).fill('we know the load balancer')
      await silences.getByRole('button', { name: 'Silence', exact: true }).click()
      await silences.getByText('we know the load balancer').waitFor()
      expect((await given.get('/v1/silences')).silences).toMatchObject([
        { cluster: 'plant', kind: 'disconnect_rate', broker: 'emqx-2', comment: 'we know the load balancer' },
      ])
      await silences.getByRole('button', { name: 'Remove …' }).click()
      await silences.getByRole('button', { name: 'Remove it' }).click()
      await silences.getByText('No silence covers it.').waitFor()
      expect((await given.get('/v1/silences')).silences).toEqual([])
      expect(faults).toEqual([])
      await close()
    })
    it.each([
      ['without a token', ''],
      ['with one of an earlier start', '#token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ])('%s sees everything, and how to get one', async (_, hash) => {
      const { page, faults, close } = await given.open(`${(await given.places())['Alert of a client'] ?? ''}${hash}`)
      const acts = panel(page, 'Act on it')
      await eventually(async () => acts.innerText()).toContain('To act, open the link that was printed')
      expect(await acts.getByRole('button').count()).toBe(0)
      await panel(page, 'Why').getByText('Two clients use one client id').waitFor()
      expect(faults).toEqual([])
      await close()
    })
  })

  it('a new alert and a new event appear on open pages without a reload', async () => {
    const [alerts, client] = await Promise.all([
      given.open('/alerts'),
      given.open(`/clusters/plant/clients?clientId=${cutId}`),
    ])
    for (const { page } of [alerts, client]) {
      await page.clock.install()
      await page.reload()
    }
    const badge = alerts.page.getByRole('link', { name: /^Alerts \d+ open/ })
    await badge.waitFor()
    const before = Number.parseInt((await badge.innerText()).replace(/\D+/, ''), 10)
    await client.page.getByRole('application', { name: /^Sessions over time/ }).waitFor()
    const loads: string[] = []
    for (const { page } of [alerts, client]) page.on('load', () => loads.push(page.url()))
    await Promise.all([tellAlert(given.stage), tellEvent(given.stage)])
    await until('the event to be stored', async () => {
      const { events } = await given.get(`/v1/clients/events?clientId=${cutId}&cluster=plant&limit=1`)
      return events[0]?.cause === 'kicked'
    })
    // They ask every ten seconds.
    for (const { page } of [alerts, client]) await page.clock.fastForward(16_000)
    await alerts.page.getByRole('link', { name: 'Refused rate, broker emqx-3' }).waitFor()
    await eventually(async () => badge.innerText()).toContain(String(before + 1))
    await panel(client.page, 'Events').getByText('just now, by hand').waitFor()
    expect(loads).toEqual([])
    await Promise.all([alerts.close(), client.close()])
  })
}

async function tellAlert({ tables }: Stage): Promise<void> {
  const at = instant(Date.now())
  const figures = { severity: 'warning' as const, observed: 40, expected: 1, score: 20, summary: '40 were refused' }
  const transitions = [{ status: 'opened' as const, at, why: 'began' as const, ...figures }]
  const scope = { kind: 'refused_rate' as const, cluster: 'plant', broker: 'emqx-3', openedAt: at, updatedAt: at }
  const told = { status: 'open' as const, topCauses: [], topClients: [], transitions }
  await writeAlert(
    tables.alerts,
    { id: 'plant.refused_rate.emqx-3.live', ...scope, ...figures, ...told },
    { nowMs: Date.now(), days: 1 },
  )
}

/** As a watcher does: by the queue. */
async function tellEvent({ system }: Stage): Promise<void> {
  const event = draftOf({
    clientId: cutId,
    broker: 'emqx-2',
    atMs: Date.now(),
    cause: 'kicked',
    reason: 'just now, by hand',
  })
  const sent = { schema: batchSchemaVersion, id: 'live', watcher: 'a', sentAt: instant(Date.now()) } as const
  const MessageBody = encodeBatch({ ...sent, events: [event], samples: [], gaps: [], feeds: [] })
  const queue = system.plan.queues.find(({ name }) => /batches/i.test(name))
  await system.administrator.sqs.send(new SendMessageCommand({ QueueUrl: queue?.url, MessageBody }))
}
