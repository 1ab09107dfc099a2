/** Maps values to 0…1000 of a plot and says where to put ticks. */
export interface Scale {
  /** 0 at the low end, 1000 at the high end; values outside are clamped. */
  position(value: number): number;
  readonly ticks: readonly number[];
}

/** A scale that does not begin at zero. */
export interface BoundedScale extends Scale {
  readonly low: number;
  readonly high: number;
}

/** Linear from zero to a round number at or above `max`. */
export function linearScale(max: number, tickCount = 4): Scale {
  const step = roundStep(Math.max(max, Number.EPSILON) / tickCount);
  const top = Math.ceil(Math.max(max, Number.EPSILON) / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
  return { position: (value) => clamp((value / top) * 1000), ticks };
}

/** Linear over whole seconds, ticks on round ones. */
export function secondsScale(first: number, last: number): Scale {
  const span = Math.max(1, last - first);
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((candidate) => span / candidate <= 6) ?? 7200;
  const ticks: number[] = [];
  for (let tick = Math.ceil(first / step) * step; tick <= last; tick += step) ticks.push(tick);
  return { position: (value) => clamp(((value - first) / span) * 1000), ticks };
}

/** Logarithmic between round numbers (1, 2, 5 of a decade) around the values; those must be above zero. */
export function logScale(min: number, max: number): BoundedScale {
  const rounds = [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6].flatMap((decade) =>
    [1, 2, 5].map((digit) => digit * 10 ** decade),
  );
  const low = rounds.findLast((round) => round <= min) ?? min;
  const found = rounds.find((round) => round >= max) ?? max;
  const high = found > low ? found : low * 10;
  const logLow = Math.log10(low);
  const span = Math.log10(high) - logLow;
  const inside = rounds.filter((round) => round >= low && round <= high);
  // With many decades the 2s and 5s would touch.
  const ticks =
    inside.length > 7 ? inside.filter((round) => Number.isInteger(Number(Math.log10(round).toFixed(9)))) : inside;
  return { low, high, position: (value) => clamp(((Math.log10(Math.max(value, low)) - logLow) / span) * 1000), ticks };
}

function roundStep(raw: number): number {
  const decade = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 2.5, 5, 10].find((digit) => digit * decade >= raw - 1e-12) ?? 10) * decade;
}

function clamp(position: number): number {
  return Math.min(1000, Math.max(0, position));
}
