/** The token of this start: comes in the address that was printed, stays in the browser, leaves the address at once. */

const name = 'keepwatch-token'

/** The part of `window` that is needed. */
export interface TokenPlaces {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>
  readonly hash: string
  /** Puts an address without the token in the place of the one with it. */
  readonly clean: () => void
}

/** Takes the token out of the address, where there is one. */
export function keepToken({ storage, hash, clean }: TokenPlaces): void {
  const token = /^#token=([A-Za-z0-9_-]{16,512})$/.exec(hash)?.[1]
  if (token !== undefined) storage.setItem(name, token)
  if (hash.startsWith('#token=')) clean()
}

export function keptToken(storage: TokenPlaces['storage']): string | undefined {
  return storage.getItem(name) ?? undefined
}
