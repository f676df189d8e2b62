/** One thread that runs one function, one invocation at a time, and breaks off what takes too long. */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import { randomUUID } from 'node:crypto'
import { devNull } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import * as z from 'zod/mini'
import type { Credentials } from './gateway.ts'
import { relayOutput } from './output.ts'
import type { FunctionPlan } from './plan.ts'
import { place } from './template.ts'

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'error' | 'timeout' | 'crash'; readonly message: string }

export interface FunctionOptions {
  readonly plan: FunctionPlan
  readonly credentials: Credentials
  readonly gatewayUrl: string
  readonly verbose: boolean
  readonly say: (line: string) => void
}

export interface FunctionEnvironment {
  readonly invoke: (event: unknown) => Promise<Outcome>
  /** False once a fault or a timeout has ended it. */
  readonly isUsable: () => boolean
  readonly stop: () => Promise<void>
}

const AnswerSchema = z.union([
  z.object({ ok: z.literal(true), json: z.string() }),
  z.object({ ok: z.literal(false), message: z.string() }),
  z.object({ ready: z.literal(true) }),
])

/** Starts a thread for a function; what its module does while loading counts against the first invocation. */
export function startEnvironment(options: FunctionOptions): FunctionEnvironment {
  const { plan } = options
  const worker = new Worker(new URL(`function-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: { folder: plan.folder, handler: plan.handler, arn: plan.arn },
    env: variablesOf(options),
    execArgv: [],
    stdout: true,
    stderr: true,
  })
  relayOutput(worker, { label: plan.label, verbose: options.verbose, say: options.say })
  let usable = true
  let waiting: ((outcome: Outcome) => void) | undefined
  const settle = (outcome: Outcome) => {
    waiting?.(outcome)
    waiting = undefined
  }
  worker.on('message', (message: unknown) => {
    const answer = AnswerSchema.parse(message)
    if ('ready' in answer) return
    settle(
      answer.ok ? { ok: true, value: parse(answer.json) } : { ok: false, reason: 'error', message: answer.message },
    )
  })
  worker.once('error', (error) => {
    usable = false
    settle({ ok: false, reason: 'crash', message: error.stack ?? error.message })
  })
  worker.once('exit', () => {
    usable = false
    settle({ ok: false, reason: 'crash', message: 'The function ended its own thread.' })
  })
  return {
    isUsable: () => usable,
    invoke: async (event) =>
      new Promise<Outcome>((done) => {
        if (!usable) return done({ ok: false, reason: 'crash', message: 'The function did not start.' })
        const limitMs = plan.timeoutSeconds * 1000
        const timer = setTimeout(() => {
          usable = false
          settle({ ok: false, reason: 'timeout', message: `Task timed out after ${plan.timeoutSeconds} seconds` })
          void worker.terminate()
        }, limitMs)
        waiting = (outcome) => {
          clearTimeout(timer)
          done(outcome)
        }
        worker.postMessage({ requestId: randomUUID(), event, deadlineMs: Date.now() + limitMs })
      }),
    stop: async () => {
      await worker.terminate()
    },
  }
}

function variablesOf({ plan, credentials, gatewayUrl }: FunctionOptions): Record<string, string> {
  return {
    ...plan.environment,
    ...awsVariables({ credentials, gatewayUrl }),
    AWS_LAMBDA_FUNCTION_NAME: plan.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(plan.memoryMiB),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${plan.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: plan.folder,
    _HANDLER: plan.handler,
  }
}

/** What leads an AWS SDK to the gateway under an identity, and keeps it from this machine's own AWS configuration. */
export function awsVariables(caller: { readonly credentials: Credentials; readonly gatewayUrl: string }) {
  return {
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_ACCESS_KEY_ID: caller.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: caller.credentials.secretAccessKey,
    AWS_ENDPOINT_URL: caller.gatewayUrl,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

function parse(json: string): unknown {
  return JSON.parse(json)
}
