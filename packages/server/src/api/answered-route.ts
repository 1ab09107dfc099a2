import type { RouteInput, RouteName, RouteOutput } from "@meshhook/contract";

import type { Caller } from "../auth.ts";

/** Routes that answer a known caller with JSON; streams are in streams.ts, what needs no key in session-routes.ts and health-routes.ts. */
export type AnsweredRoute = Exclude<RouteName, "followProject" | "getHealth" | "signIn" | "signOut">;
export type Handlers = {
  readonly [Name in AnsweredRoute]: (caller: Caller, input: RouteInput<Name>) => Promise<RouteOutput<Name>>;
};
