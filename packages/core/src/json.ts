import type { ExactNumber } from "./json-number.ts";

/** A JSON value as the engine sees it: objects have no prototype, numbers are finite, and digits that no double can hold are kept. */
export type Json = null | boolean | number | ExactNumber | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json;
}
