/** A position from 0 to 1000 with one decimal. */
export function rounded(position: number): number {
  return Math.round(position * 10) / 10;
}

/** The same as a share of the plot: `50.2%`. */
export function percentOf(position: number): string {
  return `${Math.round(position * 10) / 100}%`;
}
