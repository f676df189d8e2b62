/** A process with observed clients, as its first argument says. It lives until it is killed. */
import { observe } from '../../../observe/index.ts'
import { openClient, type ProcessTraits } from './clients.ts'

const traits = JSON.parse(process.argv[2] ?? '[]') as readonly ProcessTraits[]
for (const { url, options, clientIds, localAddress } of traits) {
  for (const clientId of clientIds) {
    const client = openClient(url, { clientId, ...options }, localAddress)
    client.on('error', () => undefined)
    observe(client, { publish: true })
  }
}
process.once('disconnect', () => process.exit())
