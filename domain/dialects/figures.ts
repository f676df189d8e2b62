/** Dialects of brokers that publish figures and no connections: those come by webhook, if at all. */
import type { SampleName } from '../batch.ts'
import type { Reading, ReadingContext, Subscription } from '../dialect.ts'
import type { Message } from '../message.ts'
import { gauge, notWatched } from './reading.ts'

/** Figures of a broker by their topic. */
export type Figures = ReadonlyMap<string, SampleName>

/** Subscriptions to figures. None is essential: without one, only that figure is lost. */
export function figureSubscriptions(figures: Figures): Subscription[] {
  return [...figures].map(([filter, name]) => ({ filter, qos: 0, purpose: `the figure ${name}`, essential: false }))
}

/** Reads a figure. A retained one is as good: the broker publishes it again every few seconds. */
export function readFigure(figures: Figures, message: Message, context: ReadingContext): Reading {
  const name = figures.get(message.topic)
  return name === undefined ? notWatched(message.topic) : gauge(name, message, context)
}
