/** `keepwatch explain`: why the connections of a client, a broker or a cluster end, asked of a running system. */
import { client } from '../api/clients.ts'
import { brokerDiagnosis, clusterDiagnosis } from '../api/diagnosis.ts'
import { ask } from './client.ts'
import { defineCommand } from './command.ts'
import { type Asked, subjectOf } from './explain/options.ts'
import { type Answer, renderAnswer } from './explain/render.ts'
import { exitCodes } from './fault.ts'
import { awaited } from './progress.ts'
import { jsonText } from './render.ts'
import { clusterOption, jsonOption, spanOptions, targetOptions } from './option-sets.ts'
import { type Target, targetOf } from './target.ts'
import { spanOf } from './times.ts'

const unknown = 3

export const explain = defineCommand({
  name: 'explain',
  summary: 'says why the connections of a client, a broker or a cluster end, and what to do',
  about: ['The likeliest cause with how sure it is, the figures that show it, what to do, and what else it could be.'],
  examples: [
    ['explain pump-17', 'a client, its last 24 hours'],
    ['explain --broker b1 --cluster plant', 'a broker, its last hour'],
    ['explain --cluster plant --last 1d', 'a whole cluster, its last day'],
    ['explain -- -dash-17', 'a client whose id begins with a dash'],
  ],
  positionals: { clientId: { placeholder: 'CLIENT_ID', summary: 'the client; without it --cluster is needed' } },
  options: {
    ...clusterOption,
    broker: { type: 'string', summary: 'a broker instead of a client', placeholder: 'NAME', completes: 'broker' },
    ...jsonOption,
    ...spanOptions,
    ...targetOptions,
  },
  exitCodes: {
    0: 'it is answered, or nothing is to be explained',
    1: 'there is no such client, or the API does not answer',
    [unknown]: 'what is recorded does not suffice to tell; it is said what would',
  },
  run: async ({ options, positionals: { clientId } }, terminal) => {
    const subject = subjectOf({ clientId, cluster: options.cluster, broker: options.broker })
    const span = spanOf(options, Date.now())
    const target = await targetOf(options)
    const answer = await awaited(terminal, 'The system looks at events and minutes', askWhy(target, subject, span))
    terminal.out(options.json ? jsonText(answer) : renderAnswer(answer, terminal))
    const [first] = answer.diagnosis
    const isLacking = first?.name === 'unknown' && (first.missing ?? []).length > 0
    return isLacking ? unknown : exitCodes.answered
  },
})

async function askWhy(target: Target, subject: Asked, span: ReturnType<typeof spanOf>): Promise<Answer> {
  const { cluster } = subject
  if (subject.of === 'client') {
    const { clientId } = subject
    return ask(target, client, { query: { clientId, ...(cluster === undefined ? {} : { cluster }), ...span } })
  }
  return subject.of === 'broker'
    ? ask(target, brokerDiagnosis, { params: { cluster: subject.cluster, broker: subject.broker }, query: span })
    : ask(target, clusterDiagnosis, { params: { cluster: subject.cluster }, query: span })
}
