/** What AWS knows: where a deployed system answers, and who asks. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { harmless } from '../domain/text.ts'
import { Failure, wordsOf } from './fault.ts'
import type { Signing } from './sign.ts'

export interface AwsOptions {
  readonly profile: string | undefined
  readonly region: string | undefined
}

const outputName = 'ApiUrl'

/**
 * The address that a stack tells in its output `ApiUrl`, and the credentials to ask there.
 * @throws Failure
 */
export async function findStack(
  name: string,
  options: AwsOptions,
): Promise<{ readonly url: string; readonly signing: Signing }> {
  const client = clientOf(options)
  try {
    const signing = await signingOf(client, options)
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }))
    const outputs = stack?.Outputs ?? []
    const url = outputs.find(({ OutputKey }) => OutputKey === outputName)?.OutputValue?.replace(/\/+$/, '')
    if (url !== undefined && /^https:\/\/[^@\s]+$/.test(url)) return { url, signing }
    const names = outputs.map(({ OutputKey }) => OutputKey).join(', ') || 'none'
    throw new Failure(
      `The stack ${name} has no output ${outputName} (its outputs: ${names}): is it Keepwatch’s stack? In another account or region, name --profile or --region.`,
    )
  } catch (error) {
    throw told(error, { what: `the stack ${name}`, ...options })
  } finally {
    client.destroy()
  }
}

/**
 * Credentials and region for an address that needs a signature.
 * @throws Failure
 */
export async function findSigning(options: AwsOptions): Promise<Signing> {
  try {
    return await signingOf(clientOf(options), options)
  } catch (error) {
    throw told(error, { what: 'a request', ...options })
  }
}

/** The SDK's own chain: environment, profile, SSO, role of the machine. */
function clientOf({ profile, region }: AwsOptions): CloudFormationClient {
  return new CloudFormationClient({
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
  })
}

async function signingOf({ config }: CloudFormationClient, options: AwsOptions): Promise<Signing> {
  const region = await config.region()
  const credentials = async () => {
    try {
      return await config.credentials()
    } catch (error) {
      throw told(error, { what: 'a request', ...options })
    }
  }
  // Asked for at once: what lacks is said before anything else.
  await credentials()
  return { region, credentials }
}

function told(error: unknown, { what, profile, region }: AwsOptions & { readonly what: string }): Failure {
  if (error instanceof Failure) return error
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) }
  const login =
    profile === undefined ? 'aws sso login, or name another --profile' : `aws sso login --profile ${profile}`
  const of = profile === undefined ? '' : ` of the profile ${profile}`
  const say = (words: string) => new Failure(`${words} (AWS: ${harmless(message, 300)})`, { cause: error })
  if (/region is missing/i.test(message)) {
    return new Failure(
      `No AWS region is known${of}: name one by --region, AWS_REGION, or the profile in ~/.aws/config.`,
    )
  }
  if (/expired/i.test(`${name} ${message}`)) return say(`The AWS credentials${of} have expired. Type: ${login}.`)
  if (/does not exist/.test(message)) {
    const where = region === undefined ? 'the region that is set' : region
    return say(
      `There is no such stack in ${where}: ${what}. Look at the name, --region and --profile; npx cdk list tells it.`,
    )
  }
  if (/CredentialsProvider|TokenProvider|could not load credentials/i.test(`${name} ${message}`)) {
    return say(`No AWS credentials were found${of}. Type: ${login}; or set AWS_PROFILE.`)
  }
  if (/AccessDenied|not authorized/i.test(`${name} ${message}`)) {
    return say(`AWS does not let you look at ${what}: cloudformation:DescribeStacks is needed.`)
  }
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch/i.test(name)) {
    return say(`AWS does not know these credentials${of}.`)
  }
  return say(`AWS could not be asked about ${what}: ${wordsOf(error) === '' ? name : 'it did not answer as expected'}`)
}
