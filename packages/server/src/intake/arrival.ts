import type { IncomingMessage, ServerResponse } from "node:http";

import type { OpenRoute } from "../route-table.ts";
import type { AddressList } from "./acceptance/address-list.ts";
import type { HeldBody } from "./body-memory.ts";

/** One request at an address that exists. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly open: OpenRoute;
  readonly receivedAt: number;
  /** Without the question mark; null without a query. */
  readonly query: string | null;
  /** The held bytes of the body, until the delivery is settled or refused. */
  readonly held: HeldBody;
  /** Proxies whose `X-Forwarded-For` counts; null: none. */
  readonly proxies: AddressList | null;
}
