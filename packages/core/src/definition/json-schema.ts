import type { Json } from "../json.ts";

/** A JSON Schema (2020-12) as plain JSON. */
export interface JsonSchema {
  readonly [keyword: string]: Json;
}
