/** The stories of the second examiner. */
import { stories as access } from './second-access.ts'
import { stories as brokers } from './second-brokers.ts'
import { stories as fleets } from './second-fleets.ts'
import { stories as ids } from './second-ids.ts'
import { stories as keepalives } from './second-keepalives.ts'
import { stories as leaving } from './second-leaving.ts'
import { stories as protocol } from './second-protocol.ts'
import { stories as silence } from './second-silence.ts'
import { stories as storms } from './second-storms.ts'
import { stories as thin } from './second-thin.ts'
import type { BlindStory } from './story.ts'

export const second: readonly BlindStory[] = [
  ...ids,
  ...keepalives,
  ...silence,
  ...access,
  ...protocol,
  ...leaving,
  ...brokers,
  ...storms,
  ...fleets,
  ...thin,
]
