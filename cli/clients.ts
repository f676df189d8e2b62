/** `keepwatch clients`: how a client is; without one, those that stood out. */
import { client, foundClients } from '../api/clients.ts'
import { harmless } from '../domain/text.ts'
import { Refused, ask } from './client.ts'
import { renderClient, renderFound } from './clients/render.ts'
import { defineCommand } from './command.ts'
import { exitCodes } from './fault.ts'
import { jsonDocument } from './json.ts'
import { awaited } from './progress.ts'
import { clusterOption, jsonOption, spanOptions, targetOptions } from './option-sets.ts'
import { targetOf } from './target.ts'
import { spanOf } from './times.ts'
import { clusterOf } from './which.ts'

const nothingFound = 3

export const clients = defineCommand({
  name: 'clients',
  summary: 'shows how a client is, where and since when; without one, clients that stood out',
  about: [
    'A client is named by its whole id, or by sha256:… of it: there is no search by a part of the id. Without an id, clients that dropped or tried more than others are listed, and the watched ones of the configuration.',
  ],
  examples: [
    ['clients pump-17', 'is it connected, where, since when; its last end and why'],
    ['clients', 'who stood out in the last hour'],
    ['clients --broker b1 --last 15m', 'on one broker'],
  ],
  positionals: {
    clientId: { placeholder: 'CLIENT_ID', summary: 'its whole id; one that begins with a dash goes after --' },
  },
  options: {
    ...clusterOption,
    broker: {
      type: 'string',
      summary: 'without CLIENT_ID: on this broker alone',
      placeholder: 'NAME',
      completes: 'broker',
    },
    limit: { type: 'string', summary: 'without CLIENT_ID: so many at most', placeholder: 'N', default: '50' },
    ...jsonOption,
    ...spanOptions,
    ...targetOptions,
  },
  exitCodes: { [nothingFound]: 'nothing is recorded of such a client; or none stood out' },
  run: async ({ options, positionals: { clientId } }, terminal) => {
    const nowMs = Date.now()
    const span = spanOf(options, nowMs)
    const target = await targetOf(options)
    if (clientId !== undefined) {
      const asking = ask(target, client, { query: { clientId, cluster: options.cluster, ...span } })
      const found = await awaited(terminal, 'The system looks at events and minutes', asking).catch(missing)
      if (found === undefined) {
        terminal.err(
          `Nothing is recorded of a client ${JSON.stringify(harmless(clientId))}. Its id must be whole: there is no search by a part of it. keepwatch clients lists those that stood out.\n`,
        )
        return nothingFound
      }
      terminal.out(options.json ? jsonDocument(found) : renderClient(found, { nowMs, terminal }))
      return exitCodes.answered
    }
    const cluster = await clusterOf(target, options.cluster)
    const query = { ...span, broker: options.broker, limit: options.limit }
    const asking = ask(target, foundClients, { params: { cluster }, query })
    const found = await awaited(terminal, 'The system looks through minutes', asking)
    if (options.json) terminal.out(jsonDocument(found))
    else terminal.out(renderFound(found.clients, { nowMs, terminal }))
    if (found.lookedAt.cut) terminal.err('There was more than was looked at: a shorter --last counts all.\n')
    if (found.clients.length > 0) return exitCodes.answered
    terminal.err('No client stood out in this time. A client is found by its whole id: keepwatch clients CLIENT_ID.\n')
    return nothingFound
  },
})

/** The API knows no such client; a cluster that is not there is another matter. */
function missing(error: unknown): undefined {
  if (error instanceof Refused && error.status === 404 && !error.message.includes('no such cluster')) return undefined
  throw error
}
