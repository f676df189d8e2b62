/** Worker thread that holds dynalite: its work and its faults stay off the main thread. */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import dynalite from 'dynalite'
import * as z from 'zod/mini'

/** What the main thread tells this one: where the data lie, and the key without which no request is answered. */
const OptionsSchema = z.object({ folder: z.string(), keyHeader: z.string(), key: z.string() })

if (!isMainThread) serve(OptionsSchema.parse(workerData))

function serve({ folder, keyHeader, key }: z.infer<typeof OptionsSchema>): void {
  const server = dynalite({ path: folder, createTableMs: 0 })
  const handlers = server.rawListeners('request')
  server.removeAllListeners('request')
  // dynalite lets any web page in; only the gateway knows the key.
  server.on('request', (request, response) => {
    if (request.headers[keyHeader] !== key) {
      response.writeHead(403).end()
      return
    }
    for (const handler of handlers) Reflect.apply(handler, server, [request, response])
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP address')
    // dynalite throws out of the first request when the database cannot be opened: make it now.
    void probe(`http://127.0.0.1:${address.port}`, { [keyHeader]: key }).then(() =>
      parentPort?.postMessage({ port: address.port }),
    )
  })
  parentPort?.once('message', () => {
    server.close(() => parentPort?.close())
    server.closeAllConnections()
  })
}

async function probe(url: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    body: '{}',
    headers: {
      ...headers,
      connection: 'close',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=start/20260101/none/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`The first request failed: ${text}`)
}
