import type { ScalePoint, UslParameters } from "./usl.ts";

const STEPS_MAX = 200;

/**
 * The parameters of the scalability law with the least squared error, none of them below zero.
 *
 * Levenberg and Marquardt's method, from the exact solution of the law in its linear form (N ÷ X is linear in 1/λ, σ/λ and κ/λ). Where
 * the best parameters lie at a bound, the problem is solved without it, in all ways, and the best counts.
 *
 * @param points  At least three, with different N.
 * Source: Gunther, Guerrilla Capacity Planning (2007), chapters 4 and 5; Marquardt (SIAM Journal 1963).
 */
export function solveUsl(points: readonly ScalePoint[]): UslParameters {
  const free = descend(points, ["lambda", "sigma", "kappa"]);
  if (isAllowed(free)) return free;
  const bound = BOUND_WAYS.map((names) => descend(points, names)).filter(isAllowed);
  const errors = bound.map((parameters) => squaredError(points, parameters));
  const best = bound[errors.indexOf(Math.min(...errors))];
  if (best === undefined) throw new Error("no parameters fit: throughput in proportion to N is always allowed");
  return best;
}

function isAllowed({ lambda, sigma, kappa }: UslParameters): boolean {
  return lambda > 0 && sigma >= 0 && kappa >= 0;
}

type Name = keyof UslParameters;
const BOUND_WAYS: readonly (readonly Name[])[] = [["lambda", "sigma"], ["lambda", "kappa"], ["lambda"]];

function descend(points: readonly ScalePoint[], free: readonly Name[]): UslParameters {
  let parameters = linearStart(points, free);
  let error = squaredError(points, parameters);
  let damping = 1e-3;
  for (let step = 0; step < STEPS_MAX && damping < 1e12; step++) {
    const gradients = points.map((point) => gradientAt(parameters, point.n));
    const residuals = points.map((point) => point.throughput - law(parameters, point.n));
    const matrix = free.map((row) =>
      free.map((column) => {
        const sum = gradients.reduce((total, gradient) => total + gradient[row] * gradient[column], 0);
        return row === column ? sum * (1 + damping) : sum;
      }),
    );
    const right = free.map((row) =>
      gradients.reduce((total, gradient, index) => total + gradient[row] * (residuals[index] ?? 0), 0),
    );
    const change = solveLinear(matrix, right);
    const next = { ...parameters };
    for (const [index, name] of free.entries()) next[name] += change[index] ?? 0;
    const nextError = squaredError(points, next);
    if (nextError < error) {
      const isDone = error - nextError < 1e-12 * error;
      [parameters, error, damping] = [next, nextError, damping / 10];
      if (isDone) break;
    } else damping *= 10;
  }
  return parameters;
}

/** N ÷ X = 1/λ + (σ/λ)(N − 1) + (κ/λ)N(N − 1), by least squares with the weights that make its errors those of X. */
function linearStart(points: readonly ScalePoint[], free: readonly Name[]): UslParameters {
  const terms: { readonly [N in Name]: (n: number) => number } = {
    lambda: () => 1,
    sigma: (n) => n - 1,
    kappa: (n) => n * (n - 1),
  };
  const weight = ({ n, throughput }: ScalePoint) => (throughput * throughput) / n;
  const sum = (value: (point: ScalePoint) => number) =>
    points.reduce((total, point) => total + weight(point) ** 2 * value(point), 0);
  const matrix = free.map((row) => free.map((column) => sum(({ n }) => terms[row](n) * terms[column](n))));
  const right = free.map((row) => sum(({ n, throughput }) => (terms[row](n) * n) / throughput));
  const [inverse = 1, ...others] = solveLinear(matrix, right);
  const start = { lambda: 1 / Math.abs(inverse), sigma: 0, kappa: 0 };
  for (const [index, name] of free.slice(1).entries())
    start[name] = Math.max(0, (others[index] ?? 0) / Math.abs(inverse));
  return start;
}

function law({ lambda, sigma, kappa }: UslParameters, n: number): number {
  return (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

function gradientAt({ lambda, sigma, kappa }: UslParameters, n: number): UslParameters {
  const below = 1 + sigma * (n - 1) + kappa * n * (n - 1);
  const slope = (-lambda * n) / below ** 2;
  return { lambda: n / below, sigma: slope * (n - 1), kappa: slope * n * (n - 1) };
}

function squaredError(points: readonly ScalePoint[], parameters: UslParameters): number {
  const error = points.reduce((sum, { n, throughput }) => sum + (throughput - law(parameters, n)) ** 2, 0);
  return Number.isFinite(error) ? error : Infinity;
}

/** Gauss's elimination with pivots; a direction that the equations leave open stays at 0. */
function solveLinear(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length;
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (let column = 0; column < size; column++) {
    const pivot = rows
      .slice(column)
      .reduce(
        (best, row, index) =>
          Math.abs(row[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0) ? column + index : best,
        column,
      );
    [rows[column], rows[pivot]] = [rows[pivot] ?? [], rows[column] ?? []];
    const top = rows[column];
    const head = top?.[column] ?? 0;
    if (top === undefined || head === 0) continue;
    for (const [index, row] of rows.entries()) {
      if (index === column) continue;
      const factor = (row[column] ?? 0) / head;
      rows[index] = row.map((value, place) => value - factor * (top[place] ?? 0));
    }
  }
  return rows.map((row, index) => (row[index] === 0 || row[index] === undefined ? 0 : (row[size] ?? 0) / row[index]));
}
