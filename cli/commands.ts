/** Every command with its summary; its file is loaded when it is called. */
import type { Command } from './command.ts'

export interface Listed {
  readonly name: string
  /** The command's own summary: help need not load it. */
  readonly summary: string
  readonly load: () => Promise<Command>
}

/** In the order of the help: what is asked for most first. */
export const commands: readonly Listed[] = []

/** The command of this name. */
export const listed = (name: string): Listed | undefined => commands.find((each) => each.name === name)
