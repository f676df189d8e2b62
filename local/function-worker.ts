/** Worker thread that holds one bundled handler and runs one invocation at a time, as a Lambda environment does. */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import * as z from 'zod/mini'

const TaskSchema = z.object({ folder: z.string(), handler: z.string(), arn: z.string() })
/** One invocation: `deadlineMs` is when it will be broken off, epoch milliseconds. */
const InvocationSchema = z.object({ requestId: z.string(), event: z.unknown(), deadlineMs: z.number() })
type Handler = (event: unknown, context: object) => unknown

if (!isMainThread) await serve(TaskSchema.parse(workerData))

async function serve(task: z.infer<typeof TaskSchema>): Promise<void> {
  const handler = await load(task)
  parentPort?.on('message', (message: unknown) => {
    void invoke(handler, { task, invocation: InvocationSchema.parse(message) })
  })
  parentPort?.postMessage({ ready: true })
}

async function invoke(
  handler: Handler,
  { task, invocation }: { task: z.infer<typeof TaskSchema>; invocation: z.infer<typeof InvocationSchema> },
): Promise<void> {
  try {
    const value = await handler(invocation.event, contextOf(task, invocation))
    // Lambda gives back what JSON keeps of the value.
    parentPort?.postMessage({ ok: true, json: JSON.stringify(value ?? null) })
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    parentPort?.postMessage({ ok: false, message })
  }
}

async function load({ folder, handler }: z.infer<typeof TaskSchema>): Promise<Handler> {
  const dot = handler.lastIndexOf('.')
  const [module, name] = [handler.slice(0, dot), handler.slice(dot + 1)]
  const file = ['.mjs', '.js', '.cjs'].map((ending) => join(folder, module + ending)).find((path) => existsSync(path))
  if (file === undefined) throw new Error(`No module for the handler ${handler} in ${folder}`)
  const exports: unknown = await import(pathToFileURL(file).href)
  const found: unknown = typeof exports === 'object' && exports !== null ? Reflect.get(exports, name) : undefined
  if (typeof found !== 'function') throw new Error(`${file} exports no function ${name}`)
  return (event, context) => Reflect.apply(found, undefined, [event, context])
}

function contextOf({ arn }: z.infer<typeof TaskSchema>, invocation: z.infer<typeof InvocationSchema>): object {
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: arn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: invocation.requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadlineMs - Date.now()),
  }
}
