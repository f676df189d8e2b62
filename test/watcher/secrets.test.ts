import { expect, test } from 'vitest'
import { createSecrets } from '../../watcher/secrets.ts'

function stage(answers: readonly (string | Error)[]) {
  const clock = { ms: 0 }
  let reads = 0
  const secrets = createSecrets({
    fetchSecret: async () => {
      const answer = answers[reads++] ?? ''
      if (answer instanceof Error) throw answer
      return Promise.resolve(answer)
    },
    now: () => clock.ms,
  })
  return { clock, read: async (fresh = false) => secrets.read('plant/login', { fresh }), reads: () => reads }
}

const first = JSON.stringify({ username: 'watcher', password: 'one', engine: 'ignored' })
const second = JSON.stringify({ username: 'watcher', password: 'two' })

test('a secret is kept for five minutes and then read again', async () => {
  const { clock, read, reads } = stage([first, second])
  expect(await read()).toEqual({ ok: true, credentials: { username: 'watcher', password: 'one' } })
  clock.ms = 299_999
  await read()
  expect(reads()).toBe(1)
  clock.ms = 300_000
  expect(await read()).toMatchObject({ credentials: { password: 'two' } })
})

test('a refused login reads past what is kept', async () => {
  const { read } = stage([first, second])
  await read()
  expect(await read(true)).toMatchObject({ credentials: { password: 'two' } })
})

test.each([
  ['text', 'hunter2'],
  ['a number as password', '{"password": 12345}'],
  ['no known field', '{"hunter2": "x"}'],
  ['a list', '["hunter2"]'],
])('%s is refused without being shown', async (_, answer) => {
  const outcome = await stage([answer]).read()
  expect(outcome).toMatchObject({ ok: false })
  expect(JSON.stringify(outcome)).not.toMatch(/hunter2|12345/)
})

test('a fault of the service is named by its kind only', async () => {
  const fault = Object.assign(new Error('arn:aws:secret hunter2'), { name: 'AccessDeniedException' })
  const outcome = await stage([fault]).read()
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('AccessDeniedException') })
  expect(JSON.stringify(outcome)).not.toContain('hunter2')
})
