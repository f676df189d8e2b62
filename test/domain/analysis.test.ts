import { describe, expect, it } from 'vitest'
import { AnalysisStateSchema, openAnalysis } from '../../domain/analysis.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import type { Silence } from '../../domain/silence.ts'
import { minuteMs } from '../../domain/time.ts'
import { atEndOf } from './alert-timeline.ts'
import { beginMs, minuteOf } from './timeline.ts'

const cluster = ClusterSchema.parse({ name: 'plant', dialect: 'aedes' })
const context = contextOf({ detection: {} }, cluster)
const brokers = ['b1', 'b2', 'b3']
/** Most clients of all brokers drop in every minute after the first. */
const minute = (index: number) => ({
  cluster: 'plant',
  startMs: beginMs + index * minuteMs,
  end: atEndOf(index),
  brokers: brokers.map((broker) => minuteOf(broker, index, { abnormal: index === 0 ? 0 : 80 })),
  coverage: 1,
})
const silence: Silence = {
  id: 's1',
  cluster: 'plant',
  from: atEndOf(0),
  to: atEndOf(3),
  comment: '',
  createdBy: 'me',
  createdAt: atEndOf(0),
}

describe('the analysis', () => {
  it('makes one alert of an incident on all brokers, heeds a silence, and goes on from what it saved', () => {
    let saved: ReturnType<ReturnType<typeof openAnalysis>['save']> | undefined
    const told = [0, 1, 2, 3, 4].flatMap((index) => {
      const analysis = openAnalysis(context, saved)
      const { changed } = analysis.judge(minute(index), { acknowledged: new Set(), silences: [silence] })
      const { state, baselines } = analysis.save()
      saved = { state: AnalysisStateSchema.parse(JSON.parse(JSON.stringify(state))), baselines }
      return changed
        .filter(({ kind }) => kind === 'disconnect_rate')
        .map(({ broker = '*', transitions }) => {
          const { why, quiet } = transitions.at(-1) ?? {}
          return [index, broker, why, quiet].join(' ')
        })
    })
    expect(told).toEqual(['1 * began silence', '3 * silence_over '])
  })
})
