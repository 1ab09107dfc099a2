import { errorFunction } from "simple-statistics";

/** The probability that a standard normal variable is above `z`. */
export function normalTail(z: number): number {
  return (1 - errorFunction(z / Math.SQRT2)) / 2;
}
