/**
 * A point in time: whole microseconds since 1970-01-01T00:00:00Z (exact in a double until the year 2255).
 *
 * The engine never reads a clock. Times reach it inside facts.
 */
export type Micros = number;
