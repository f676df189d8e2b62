/** Options that several commands have: where to ask, about which time, and how to print. */

const where = 'Where to ask'
const span = 'Which time'

/** Which system is asked: `targetOf` in target.ts reads them. */
export const targetOptions = {
  url: {
    type: 'string',
    summary: 'where the API answers (default $KEEPWATCH_URL, else the system on this machine)',
    placeholder: 'URL',
    group: where,
  },
  stack: {
    type: 'string',
    summary: 'asks the deployed system of this CloudFormation stack; requests are signed',
    placeholder: 'NAME',
    group: where,
  },
  profile: {
    type: 'string',
    summary: 'AWS profile of ~/.aws/config (default $AWS_PROFILE)',
    placeholder: 'NAME',
    group: where,
  },
  region: { type: 'string', summary: 'AWS region (default: the profile’s)', placeholder: 'REGION', group: where },
  sign: {
    type: 'boolean',
    summary: 'signs requests to --url with AWS credentials (by itself for https://….execute-api.….amazonaws.com)',
    group: where,
  },
  'token-file': {
    type: 'string',
    summary: 'file with the token of a system on this machine (default: what a system that runs in this folder left)',
    placeholder: 'FILE',
    group: where,
    completes: 'file',
  },
} as const

export const clusterOption = {
  cluster: {
    type: 'string',
    summary: 'which cluster (default: the only one)',
    placeholder: 'NAME',
    completes: 'cluster',
  },
} as const

/** Which time is asked about: `spanOf` in times.ts reads them. */
export const spanOptions = {
  last: { type: 'string', summary: 'the time up to now: 15m, 2h, 7d', placeholder: 'LENGTH', group: span },
  from: {
    type: 'string',
    summary: '14:30, 2026-11-22, 2026-11-22T14:30 (local), 2026-11-22T14:30:00Z, or 2h: so long ago',
    placeholder: 'TIME',
    group: span,
  },
  to: { type: 'string', summary: 'its end, in the same forms (default now)', placeholder: 'TIME', group: span },
} as const

export const jsonOption = { json: { type: 'boolean', summary: 'JSON, for a program to read' } } as const
