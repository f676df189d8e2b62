/** A small project on disk for tests of the local system: hand-written template, handlers and assembly. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Assembly } from '../../local/assembly.ts'
import { type Clients, clientsOf } from '../../local/clients.ts'
import { startEngines } from '../../local/engines.ts'
import { type Gateway, startGateway } from '../../local/gateway.ts'
import { Teardown } from '../../local/lifecycle.ts'
import { type Plan, planOf } from '../../local/plan.ts'
import { provision } from '../../local/provision.ts'
import { TemplateSchema } from '../../local/template.ts'

export interface Stage {
  readonly folder: string
  readonly said: string[]
  readonly plan: Plan
  readonly gateway: Gateway
  readonly administrator: Clients
  readonly teardown: Teardown
}

/** Engines, gateway and the resources of one hand-written stack; `code` is the module of each function by asset hash. */
export async function setStage(resources: object, code: Record<string, string> = {}): Promise<Stage> {
  const teardown = new Teardown()
  try {
    return await build({ resources, code, teardown })
  } catch (error) {
    await teardown.run()
    throw error
  }
}

async function build({
  resources,
  code,
  teardown,
}: {
  resources: object
  code: Record<string, string>
  teardown: Teardown
}) {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-local-'))
  teardown.add('the folder', () => rmSync(folder, { recursive: true, force: true }))
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const engines = await startEngines({ dataFolder: join(folder, 'data'), onFault: say })
  teardown.add('the engines', engines.stop)
  const gateway = await startGateway({ engines, secretsFile: join(folder, 'secrets.json'), say })
  teardown.add('the gateway', gateway.stop)
  const assets = new Map(
    Object.entries(code).map(([hash, module]) => {
      mkdirSync(join(folder, hash))
      writeFileSync(join(folder, hash, 'index.mjs'), module)
      return [hash, join(folder, hash)]
    }),
  )
  const template = TemplateSchema.parse({ Resources: resources })
  const assembly: Assembly = { stacks: [{ name: 'Test', template }], assets }
  const plan = planOf(assembly, { gateway: gateway.url, api: 'http://127.0.0.1:1' })
  const administrator = clientsOf(gateway, gateway.administrator)
  teardown.add('the clients', administrator.destroy)
  await provision(plan, administrator)
  return { folder, said, plan, gateway, administrator, teardown }
}

/** A role with one inline policy. */
export function roleWith(...statements: object[]): object {
  const PolicyDocument = { Version: '2012-10-17', Statement: statements }
  return { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyName: 'own', PolicyDocument }] } }
}

/** A function whose code is the asset `hash`. */
export function functionWith(hash: string, properties: object = {}): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { S3Bucket: 'assets', S3Key: `${hash}.zip` },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Timeout: 10,
      ...properties,
    },
  }
}

export const allow = (action: string | string[], resource: unknown) => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
})
export const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })

/** Waits until something is so; fails the test with `what` when it never is. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 800; tries += 1) {
    if (await isSo()) return
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`It never came to: ${what}`)
}
