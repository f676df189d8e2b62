/** The grant to read secrets that the configuration names, and no others. */
import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'

/** Reading each of these secrets, by its name; no statement where none is named. */
export function readingSecrets(scope: Construct, named: readonly (string | undefined)[]): PolicyStatement[] {
  const names = new Set(named.filter((name) => name !== undefined))
  if (names.size === 0) return []
  const resources = [...names].toSorted().map((name) =>
    Stack.of(scope).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      // Secrets Manager ends every ARN with six characters of its own.
      resourceName: `${name}-??????`,
    }),
  )
  return [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources })]
}
