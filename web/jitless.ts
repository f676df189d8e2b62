/** Imported first: schemas are read, not compiled, because the page's policy forbids `new Function`. */
import * as z from 'zod/mini'

z.config({ jitless: true })
