/** Every cause that is known. */
import type { Explanation } from '../explanation.ts'
import { duplicateClientId } from './duplicate-client-id.ts'
import { idleTimeout } from './idle-timeout.ts'

export const explanations: readonly Explanation[] = [duplicateClientId, idleTimeout]
