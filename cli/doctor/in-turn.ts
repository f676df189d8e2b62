/** Several sources at work at a time, their results in the order of the sources, each as soon as its turn allows. */

/** What one source gives; `source` is its place in the list. */
export interface Turn<T> {
  readonly source: number
  readonly value: T
}

/** Runs at most so many at once. */
export async function* inTurn<T>(
  sources: readonly (AsyncIterable<T> | Iterable<T>)[],
  atOnce: number,
): AsyncGenerator<Turn<T>> {
  const waiting = sources.entries()
  const pipes = sources.map(() => createPipe<T>())
  const worker = async () => {
    for (const [index, source] of waiting) {
      const pipe = pipes[index]
      try {
        for await (const value of source) pipe?.push(value)
        pipe?.end()
      } catch (error) {
        pipe?.fail(error)
      }
    }
  }
  const workers = Array.from({ length: atOnce }, worker)
  for (const [source, pipe] of pipes.entries()) {
    for (let value = await pipe.next(); value !== undefined; value = await pipe.next()) yield { source, value }
  }
  await Promise.all(workers)
}

/** Values that somebody puts in and somebody else takes out. */
function createPipe<T>() {
  const values: T[] = []
  const state: { isOver: boolean; fault?: { error: unknown }; changed: PromiseWithResolvers<void> } = {
    isOver: false,
    changed: Promise.withResolvers<void>(),
  }
  const change = () => {
    state.changed.resolve()
    state.changed = Promise.withResolvers<void>()
  }
  return {
    push: (value: T) => {
      values.push(value)
      change()
    },
    end: () => {
      state.isOver = true
      change()
    },
    fail: (error: unknown) => {
      state.fault = { error }
      change()
    },
    /** Undefined when all is taken out; throws what made it fail. */
    next: async (): Promise<T | undefined> => {
      while (values.length === 0 && !state.isOver && !state.fault) await state.changed.promise
      if (values.length === 0 && state.fault) throw state.fault.error
      return values.shift()
    },
  }
}
