/** The list of dialects: one broker product each, under the names that the configuration uses. */
import type { Dialect } from '../dialect.ts'
import type { dialectNames } from '../settings.ts'
import { aedes } from './aedes.ts'
import { emqx } from './emqx.ts'
import { mosquitto } from './mosquitto.ts'

export const dialects: Readonly<Record<(typeof dialectNames)[number], Dialect>> = { aedes, emqx, mosquitto }
