/** Ages at which connections often end: idle limits of what lies on the path, lives of tokens. */
import { secondMs } from '../time.ts'

/** Idle limits that are often met, seconds. */
export const knownIdleLimits: readonly { readonly seconds: number; readonly who: string }[] = [
  { seconds: 50, who: 'HAProxy as it is often configured (timeout server 50s)' },
  { seconds: 60, who: 'nginx (proxy_read_timeout) and AWS application load balancers, by default' },
  { seconds: 100, who: 'Cloudflare' },
  { seconds: 240, who: 'Azure load balancers, by default' },
  { seconds: 350, who: 'AWS network load balancers, by default' },
  { seconds: 600, who: 'Google Cloud load balancers, by default' },
]
const limitShare = 0.05
/** Lives that tokens are often given, seconds. */
const tokenLives = [300, 600, 900, 1200, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400]
const lifeShare = 0.02

/** The idle limit that is met at this age, within 5 % of it, and who has it. */
export function idleLimitAt(atMs: number): (typeof knownIdleLimits)[number] | undefined {
  return knownIdleLimits.find(({ seconds }) => Math.abs(seconds * secondMs - atMs) <= limitShare * atMs)
}

/** Are tokens often given this life, within 2 % of it? */
export function isTokenLife(ms: number): boolean {
  return tokenLives.some((seconds) => Math.abs(seconds * secondMs - ms) <= lifeShare * seconds * secondMs)
}
