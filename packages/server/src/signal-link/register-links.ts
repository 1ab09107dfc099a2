import { formatTime } from "@meshhook/contract";
import type { Engine, SignalOutcome } from "@meshhook/runtime";
import type { FastifyInstance, FastifyReply } from "fastify";

import { LINK_HEADERS, linkPage } from "./link-page.ts";
import { LINK_PREFIX, type LinkedSignal, type SignalLinks } from "./signal-links.ts";

interface Answer {
  readonly status: number;
  readonly title: string;
  readonly lines: readonly string[];
  readonly button?: string;
}

/** Serves the links of signals: opening one asks, pressing its button sends the signal. */
export function registerSignalLinks(app: FastifyInstance, links: SignalLinks, engine: Engine): void {
  app.register(async (pages) => {
    pages.removeAllContentTypeParsers();
    // The form has no fields; the address says everything.
    pages.addContentTypeParser("*", (_request, body, done) => {
      body.resume();
      done(null);
    });
    pages.get<{ Params: { "*": string } }>(`${LINK_PREFIX}*`, (request, reply) =>
      send(reply, asked(links.open(request.params["*"]))),
    );
    pages.post<{ Params: { "*": string } }>(`${LINK_PREFIX}*`, async (request, reply) => {
      const signal = links.open(request.params["*"]);
      const refusal = refused(signal);
      if (signal === null || refusal !== null) return send(reply, refusal ?? UNKNOWN);
      const { projectId, runId, name, payload, key } = signal;
      const outcome = await engine.signal(projectId, runId, { name, payload, key });
      return send(reply, ANSWERS[outcome]);
    });
  });
}

function send(reply: FastifyReply, { status, title, lines, button = "" }: Answer): FastifyReply {
  return reply
    .code(status)
    .headers(LINK_HEADERS)
    .type("text/html; charset=utf-8")
    .send(linkPage(title, lines, button === "" ? null : button));
}

function asked(signal: LinkedSignal | null): Answer {
  const refusal = refused(signal);
  if (signal === null || refusal !== null) return refusal ?? UNKNOWN;
  return {
    status: 200,
    title: `Send “${signal.name}”?`,
    lines: [
      `A workflow waits for this. Its run ${signal.runId} continues when you confirm.`,
      `The link can be used until ${formatTime(signal.expiresAt)}, once.`,
    ],
    button: "Confirm",
  };
}

function refused(signal: LinkedSignal | null): Answer | null {
  if (signal === null) return UNKNOWN;
  return signal.expiresAt > Date.now() * 1_000 ? null : EXPIRED;
}

const UNKNOWN: Answer = {
  status: 404,
  title: "This link is not valid",
  lines: ["It is incomplete or was changed. Copy the whole address, or ask for a new link."],
};
const EXPIRED: Answer = {
  status: 410,
  title: "This link has expired",
  lines: ["Ask the person or the system that sent it for a new one."],
};
const ANSWERS: { readonly [Outcome in SignalOutcome]: Answer } = {
  accepted: { status: 200, title: "Done", lines: ["Your answer is stored, and the workflow continues."] },
  repeated: { status: 200, title: "Already done", lines: ["This link was used before. Nothing more was sent."] },
  finished: { status: 410, title: "Too late", lines: ["The workflow's run has ended without this answer."] },
  not_found: { status: 404, title: "The run is gone", lines: ["Its data has been removed, so that nothing was sent."] },
  full: { status: 409, title: "Nothing was sent", lines: ["The run has been sent as many signals as one run takes."] },
  unavailable: { status: 503, title: "Try again", lines: ["The database cannot be reached; nothing was sent."] },
};
