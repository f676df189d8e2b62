/** Settings that had another name or form in an earlier version, and what takes their place. Pure. */

export interface Change {
  /** Such as `clusters[0].detection.disconnectRate.minimumScore`. */
  readonly path: string
  /** What became of it, for people. */
  readonly says: string
  /** Nothing takes its place. */
  readonly isLost: boolean
}

type Values = Record<string, unknown>
const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Brings a configuration into the present form, in place; tells every change. */
export function renewSettings(settings: unknown): Change[] {
  return placesOf(settings).flatMap(({ path, detection }) => {
    const { disconnectRate } = detection
    return isValues(disconnectRate) ? renewDisconnectRate(disconnectRate, `${path}.disconnectRate`) : []
  })
}

/** Every place that may hold thresholds: of all clusters, of one, of one broker. */
function placesOf(settings: unknown): { path: string; detection: Values }[] {
  if (!isValues(settings)) return []
  const clusters = listOf(settings['clusters']).flatMap((cluster, index) => [
    { path: `clusters[${index}]`, holder: cluster },
    ...listOf(cluster['brokers']).map((holder, at) => ({ path: `clusters[${index}].brokers[${at}]`, holder })),
  ])
  return [{ path: '', holder: settings }, ...clusters].flatMap(({ path, holder: { detection } }) =>
    isValues(detection) ? [{ path: path === '' ? 'detection' : `${path}.detection`, detection }] : [],
  )
}

const listOf = (value: unknown): Values[] =>
  Array.isArray(value) ? value.map((each) => (isValues(each) ? each : {})) : []

/** The default of the time when it was a score. */
const usualScore = 6

function renewDisconnectRate(section: Values, path: string): Change[] {
  const changes: Change[] = []
  const { minimumScore: score, halfLifeMinutes: halfLife } = section
  if (halfLife !== undefined) {
    delete section['halfLifeMinutes']
    const says = `was ${JSON.stringify(halfLife)}; gone: which of three speeds predicts a broker best is learned`
    changes.push({ path: `${path}.halfLifeMinutes`, says, isLost: true })
  }
  if (score === undefined) return changes
  delete section['minimumScore']
  const where = `${path}.minimumScore`
  if (section['improbability'] !== undefined || typeof score !== 'number' || score <= 0) {
    changes.push({ path: where, says: `was ${JSON.stringify(score)}; gone: "improbability" is in force`, isLost: true })
  } else if (score === usualScore) {
    changes.push({
      path: where,
      says: `was ${score}, its default; gone, the default of "improbability" is in force`,
      isLost: false,
    })
  } else {
    section['improbability'] = improbabilityOf(score)
    changes.push({
      path: where,
      says: `was ${score} standard deviations; now "improbability": ${improbabilityOf(score)}`,
      isLost: false,
    })
  }
  return changes
}

/** By how many powers of ten a normal value so many standard deviations up is improbable. */
function improbabilityOf(score: number): number {
  const powers = (score ** 2 / 2 + Math.log(score) + Math.log(2 * Math.PI) / 2) / Math.LN10
  return Math.min(100, Math.max(1, Math.round(powers * 10) / 10))
}
