import { COMMUNITY_FUNCTIONS } from "./community-functions.ts";
import { DATE_FUNCTIONS } from "./date-functions.ts";
import { ENCODING_FUNCTIONS } from "./encoding-functions.ts";
import type { ExpressionFunction } from "./function.ts";

/** All functions an expression may call, by name. */
export const EXPRESSION_FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map(
  [...COMMUNITY_FUNCTIONS, ...DATE_FUNCTIONS, ...ENCODING_FUNCTIONS].sort(([a], [b]) => (a < b ? -1 : 1)),
);
