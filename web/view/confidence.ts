/** How sure a diagnosis is, in a word; the figure stands beside it. Pure. */

export function confidenceText(confidence: number): string {
  if (confidence >= 0.8) return 'very likely'
  if (confidence >= 0.6) return 'likely'
  return confidence >= 0.4 ? 'possible' : 'not known'
}
