/** Silences: those in force and to come, and those that ended a few days ago. */
import * as z from 'zod/mini'
import { SilenceSchema } from '../../../domain/silence.ts'
import { silencesOf } from '../../../store/silences.ts'
import { clusterName } from '../../http/parameters.ts'
import { notFound } from '../../http/route.ts'
import { route } from '../route.ts'

export const silences = route({
  path: '/v1/silences',
  summary: 'Silences in force, to come, and ended in the last days; those that end last come first',
  params: z.strictObject({}),
  query: z.strictObject({ cluster: z.optional(clusterName) }),
  answer: z.strictObject({ silences: z.array(SilenceSchema) }),
  handle: async ({ query }, { settings, tables }) => {
    const names = settings.clusters.map(({ name }) => name).filter((name) => !query.cluster || name === query.cluster)
    if (names.length === 0) return notFound('no such cluster')
    const lists = await Promise.all(names.map(async (name) => silencesOf(tables.state, name)))
    return { ok: true, body: { silences: lists.flat().toSorted((a, b) => (a.to < b.to ? 1 : -1)) } }
  },
})
