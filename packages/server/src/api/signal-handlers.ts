import { formatTime } from "@meshhook/contract";
import { isRunId } from "@meshhook/core";
import type { Engine } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";
import type { Redactions } from "../redaction/open-redaction.ts";
import type { SignalLinks } from "../signal-link/signal-links.ts";
import type { Handlers } from "./answered-route.ts";
import type { Lookups } from "./lookups.ts";

export interface SignalHandlerSources extends Pick<Lookups, "segmentsOf"> {
  readonly engine: Engine;
  readonly links: SignalLinks;
  readonly redactions: Redactions;
}

/** The largest payload of a signal. */
const SIGNAL_BYTES_MAX = 65_536;
/** The largest payload of a link, which is part of its address. */
const LINK_BYTES_MAX = 1_024;
const LINK_VALID_MS = 604_800_000;

/** The routes that send signals to runs, and make links that do. */
export function createSignalHandlers({
  engine,
  links,
  redactions,
  segmentsOf,
}: SignalHandlerSources): Pick<Handlers, "signalRun" | "linkSignal"> {
  return {
    signalRun: async (caller, { runId, body }) => {
      const { name, payload = null, key } = body;
      const text = JSON.stringify(payload);
      const bytes = Buffer.byteLength(text);
      if (bytes > SIGNAL_BYTES_MAX)
        throw new HttpProblem(
          "signal_too_large",
          `The payload has ${bytes} bytes; at most ${SIGNAL_BYTES_MAX} are taken`,
        );
      const kept = await redactions.keptOf(caller.projectId, text);
      const signal = { name, payload: kept, ...(key === undefined ? {} : { key }) };
      const outcome = isRunId(runId) ? await engine.signal(caller.projectId, runId, signal) : "not_found";
      switch (outcome) {
        case "not_found":
          throw new HttpProblem("not_found", `There is no run "${runId}" in this project`);
        case "finished":
          throw new HttpProblem(
            "run_over",
            `The run ${runId} has ended, so that it takes no signal "${name}" any more`,
          );
        case "full":
          throw new HttpProblem("signals_full", `The run ${runId} has been sent as many signals as one run takes`);
        case "unavailable":
          throw new HttpProblem("unavailable", "The database cannot be reached; the signal was not stored", {
            retryAfterS: 2,
          });
        case "accepted":
        case "repeated":
        default:
          return { runId, repeated: outcome === "repeated" };
      }
    },
    linkSignal: async (caller, { runId, body }) => {
      const { name, payload = null, validForMs = LINK_VALID_MS } = body;
      const text = JSON.stringify(payload);
      if (Buffer.byteLength(text) > LINK_BYTES_MAX)
        throw new HttpProblem("signal_too_large", `The payload of a link may have at most ${LINK_BYTES_MAX} bytes`);
      const segments = await segmentsOf(caller, runId);
      if (segments.at(-1)?.status !== null)
        throw new HttpProblem("run_over", `The run ${runId} has ended, so that it takes no signal "${name}" any more`);
      const kept = await redactions.keptOf(caller.projectId, text);
      const expiresAt = (Date.now() + validForMs) * 1_000;
      const path = links.pathOf({ projectId: caller.projectId, runId, name, payload: kept, expiresAt });
      return { path, expiresAt: formatTime(expiresAt) };
    },
  };
}
