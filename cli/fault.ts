/** What ends a command with one line for people instead of a stack trace. */

/** The command line is wrong: exit code 2, and how to see what would be right. */
export class WrongLine extends Error {
  override readonly name = 'WrongLine'
}

/** What was asked cannot be done: exit code 1. The message says where, what was found, what to do; it holds no secret. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

/** Codes with which every command may end; some have more. */
export const exitCodes = { answered: 0, failed: 1, wrongLine: 2 } as const

/** What an error says, whatever was thrown. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
