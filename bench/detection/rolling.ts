/** Mean and standard deviation of the last so many figures. */

export interface Rolling {
  readonly size: () => number
  readonly mean: () => number
  readonly deviation: () => number
  /** NaN holds a place, and counts for nothing. */
  readonly add: (figure: number) => void
}

export function rolling(length: number): Rolling {
  const figures = new Float64Array(length).fill(Number.NaN)
  let next = 0
  let size = 0
  let sum = 0
  let squares = 0
  const count = (figure: number, sign: 1 | -1) => {
    if (Number.isNaN(figure)) return
    size += sign
    sum += sign * figure
    squares += sign * figure * figure
  }
  return {
    size: () => size,
    mean: () => sum / size,
    deviation: () => Math.sqrt(Math.max(0, squares / size - (sum / size) ** 2)),
    add: (figure) => {
      count(figures[next] ?? Number.NaN, -1)
      figures[next] = figure
      count(figure, 1)
      next = (next + 1) % length
    },
  }
}
