/** The longest delay: 366 days. */
export const DELAY_MS_MAX = 31_622_400_000;
