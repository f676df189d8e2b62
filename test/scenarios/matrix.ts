/** The confusion matrix of the stories: what was right, and what was answered. */
import { sure, type Told } from './story.ts'

/** One line for each right answer: how often it was given, and what was answered instead. */
export function renderMatrix(told: readonly Told[]): string {
  const byRight = Map.groupBy(told, ({ story }) => story.right[0])
  const rows = [...byRight].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, own]) => row(name, own))
  const right = told.filter(({ isRight }) => isRight).length
  const surelyWrong = told.filter(({ isRight, answer }) => !isRight && answer.confidence >= sure).length
  const share = ((100 * right) / Math.max(1, told.length)).toFixed(1)
  const total = `${right} of ${told.length} right (${share} %); wrong and sure (${sure} or more): ${surelyWrong}`
  return ['right answer                 told  right  answered instead', ...rows, total].join('\n')
}

function row(name: string, own: readonly Told[]): string {
  const right = own.filter(({ isRight }) => isRight).length
  const instead = Map.groupBy(
    own.filter(({ isRight }) => !isRight),
    ({ answer }) => answer.name,
  )
  const wrong = [...instead].map(([answer, cases]) => `${answer} ${cases.length}`).join(', ')
  return `${name.padEnd(28)} ${String(own.length).padStart(4)} ${String(right).padStart(6)}  ${wrong}`.trimEnd()
}
