/** The little of dynalite, which has no types of its own, that this project uses. */
declare module 'dynalite' {
  import type { Server } from 'node:http'

  interface DynaliteOptions {
    /** Folder of the LevelDB database. */
    readonly path?: string
    /** Milliseconds for which a new table is not yet active. */
    readonly createTableMs?: number
  }
  function dynalite(options: DynaliteOptions): Server
  export = dynalite
}
