/** A process of its own that uses a client id somebody else uses too, and connects again some time after it was thrown out. */
import process from 'node:process'
import { connect } from 'mqtt'
import { observe } from '../../observe/index.ts'

const [url = '', clientId = ''] = process.argv.slice(2)
const client = connect(url, { clientId, protocolVersion: 4, keepalive: 30, reconnectPeriod: 12_000 })
observe(client, { publish: true })
// It goes on whatever happens to its connection: that is the fault it shows.
client.on('error', () => {})
// The channel closes when the demonstration ends, however it ends.
process.on('disconnect', () => process.exit(0))
