/** Silences: those in force and to come, and those that ended a few days ago. */
import * as asked from '../../../api/alerts.ts'
import { silencesOf } from '../../../store/silences.ts'
import { notFound } from '../../http/route.ts'
import { route } from '../route.ts'

export const silences = route(asked.silences, async ({ query }, { settings, tables }) => {
  const names = settings.clusters.map(({ name }) => name).filter((name) => !query.cluster || name === query.cluster)
  if (names.length === 0) return notFound('no such cluster')
  const lists = await Promise.all(names.map(async (name) => silencesOf(tables.state, name)))
  return { ok: true, body: { silences: lists.flat().toSorted((a, b) => (a.to < b.to ? 1 : -1)) } }
})
