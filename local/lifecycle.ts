/** What was started, and in which order to stop it: named steps, last in, first out. */

/** A failure that a person can mend; its message is one line saying what was found and what to do. */
export class StartError extends Error {}

/** Steps that undo what a start did. Each runs once, the latest first, whatever the others do. */
export class Teardown {
  private readonly steps: { readonly name: string; readonly undo: () => Promise<void> | void }[] = []

  /** Remembers how to undo what was just started. */
  add(name: string, undo: () => Promise<void> | void): void {
    this.steps.push({ name, undo })
  }

  /** Undoes everything; gives a line for each step that failed. */
  async run(): Promise<readonly string[]> {
    const faults: string[] = []
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step.undo()
      } catch (error) {
        faults.push(`Stopping ${step.name} failed: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return faults
  }
}
