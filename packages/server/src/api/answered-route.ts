import type { RouteInput, RouteName, RouteOutput } from "@meshhook/contract";

import type { Caller } from "../auth.ts";

/** Routes that answer a known caller with JSON; streams are in streams.ts, signing in and out in session-routes.ts. */
export type AnsweredRoute = Exclude<RouteName, "followProject" | "signIn" | "signOut">;
export type Handlers = {
  readonly [Name in AnsweredRoute]: (caller: Caller, input: RouteInput<Name>) => Promise<RouteOutput<Name>>;
};
