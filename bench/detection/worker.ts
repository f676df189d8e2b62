/** A thread that runs scenarios: all subjects over the same minutes, and how long each took. */
import { parentPort } from 'node:worker_threads'
import { runScenario, type Task } from './run.ts'

parentPort?.on('message', (task: Task) => parentPort?.postMessage(runScenario(task), []))
