/** Seeded random numbers: the same seed gives the same draws in every run and on every machine. */

export interface Random {
  /** From 0 up to, but without, 1. */
  readonly next: () => number
  readonly between: (low: number, high: number) => number
  /** A whole number, both ends included. */
  readonly whole: (low: number, high: number) => number
  readonly pick: <T>(choices: readonly T[]) => T
  readonly normal: () => number
  /** Gamma of mean 1 and relative variance `variance`, at most 1. */
  readonly gamma: (variance: number) => number
  readonly poisson: (mean: number) => number
  readonly binomial: (count: number, probability: number) => number
}

/** Above these the normal approximation (with its skewness) is as good as exact and far quicker. */
const poissonExactBelow = 12
const binomialExactBelow = 9

/** Draws that depend on nothing but the seed. The generator is sfc32. */
export function random(seed: string): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = hash(seed)
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let n = 0; n < 15; n += 1) next()

  let spare = Number.NaN
  const normal = () => {
    if (!Number.isNaN(spare)) {
      const kept = spare
      spare = Number.NaN
      return kept
    }
    for (;;) {
      const x = 2 * next() - 1
      const y = 2 * next() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * factor
      return x * factor
    }
  }

  const gamma = (variance: number) => {
    if (variance <= 0) return 1
    // Marsaglia and Tsang's method, for shapes of 1 and more.
    const d = 1 / variance - 1 / 3
    const step = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = normal()
      const root = 1 + step * x
      if (root <= 0) continue
      const v = root * root * root
      if (Math.log(next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v * variance
    }
  }

  const poisson = (mean: number) => {
    if (mean <= 0) return 0
    if (mean >= poissonExactBelow) {
      const z = normal()
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * z + (z * z - 1) / 6))
    }
    let probability = Math.exp(-mean)
    let left = next() - probability
    let count = 0
    while (left > 0 && count < 200) {
      count += 1
      probability *= mean / count
      left -= probability
    }
    return count
  }

  const binomial = (count: number, probability: number): number => {
    if (count <= 0 || probability <= 0) return 0
    if (probability >= 1) return count
    if (probability > 0.5) return count - binomial(count, 1 - probability)
    if (count <= 8) {
      let hits = 0
      for (let n = 0; n < count; n += 1) if (next() < probability) hits += 1
      return hits
    }
    const mean = count * probability
    if (mean >= binomialExactBelow) {
      const z = normal()
      const skew = ((1 - 2 * probability) * (z * z - 1)) / 6
      return Math.min(count, Math.max(0, Math.round(mean + Math.sqrt(mean * (1 - probability)) * z + skew)))
    }
    const odds = probability / (1 - probability)
    let chance = Math.exp(count * Math.log1p(-probability))
    let left = next() - chance
    let drawn = 0
    while (left > 0 && drawn < count) {
      chance *= (odds * (count - drawn)) / (drawn + 1)
      drawn += 1
      left -= chance
    }
    return drawn
  }

  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    whole: (low, high) => low + Math.floor((high - low + 1) * next()),
    pick: (choices) => {
      const chosen = choices[Math.floor(next() * choices.length)]
      if (chosen === undefined) throw new Error('nothing to pick from')
      return chosen
    },
    normal,
    gamma,
    poisson,
    binomial,
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let n = 0; n < text.length; n += 1) value = Math.imul(value ^ text.charCodeAt(n), 0x01000193)
  return value | 0
}
