import type { RouteInput, RouteName, RouteOutput } from "@meshhook/contract";

import type { Caller } from "../auth.ts";
import type { OpenHandlers } from "./session-routes.ts";

/** Routes that answer a known caller with JSON; streams are in streams.ts, whatever sets cookies in session-routes.ts. */
export type AnsweredRoute = Exclude<RouteName, "followProject" | keyof OpenHandlers>;
export type Handlers = {
  readonly [Name in AnsweredRoute]: (caller: Caller, input: RouteInput<Name>) => Promise<RouteOutput<Name>>;
};
