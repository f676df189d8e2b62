/** The inside of dynalite that loading a large record needs: where an item lies, and writing many at once. */
declare module 'dynalite/db/index.js' {
  type Item = Record<string, unknown>
  interface Index {
    readonly IndexName: string
  }
  interface TableDescription {
    readonly GlobalSecondaryIndexes?: readonly Index[]
  }
  interface Part {
    readonly batch: (
      operations: readonly { readonly type: 'put'; readonly key: string; readonly value: Item }[],
      done: (error?: Error | null) => void,
    ) => void
  }
  interface Store {
    readonly getTable: (name: string, done: (error: Error | null, table: TableDescription) => void) => void
    readonly getItemDb: (table: string) => Part
    readonly getIndexDb: (kind: 'Global', table: string, index: string) => Part
    readonly db: { readonly close: (done: (error?: Error | null) => void) => void }
  }
  const inside: {
    readonly create: (options: { readonly path: string }) => Store
    readonly createKey: (item: Item, table: TableDescription) => string
    readonly getIndexActions: (
      indexes: readonly Index[],
      existing: undefined,
      item: Item,
      table: TableDescription,
    ) => { readonly puts: readonly { readonly index: string; readonly key: string; readonly item: Item }[] }
  }
  export = inside
}
