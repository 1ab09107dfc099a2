import { choice, number, optional } from "../shape/shape.ts";
import { duration, durationText, size, sizeText } from "../shape/units.ts";
import { kind, lasts } from "./kind.ts";

/** Where a proxy can stand. */
export const LINKS = ["client", "database", "target"] as const;
export type LinkName = (typeof LINKS)[number];

const LINK_TEXT: { readonly [Name in LinkName]: string } = {
  client: "between the senders and MeshHook",
  database: "between MeshHook and PostgreSQL",
  target: "between MeshHook and its call target",
};

const link = choice(
  "Which connections: client (senders to MeshHook), database (MeshHook to PostgreSQL), target (MeshHook to where its calls go).",
  LINKS,
);
const direction = optional(
  choice("Only the bytes that go this way: upstream is towards the server. Left out: both.", [
    "upstream",
    "downstream",
  ]),
  null,
);
const toxicity = optional(number("The share of connections that are affected.", { min: 0, max: 1 }), 1);

/** Each takes time from a network, not from a program, so a minute is long. */
const MINUTE_MS = 60_000;
const time = (description: string) => duration(description, { maxMs: MINUTE_MS });
const bytes = (description: string, min: number) => size(description, { min, max: 1_000_000_000 });

/** Toxiproxy's toxics; `load/proxy/toxic.ts` says exactly what each does. */
export const NETWORK_KINDS = {
  latency: kind(
    "Everything on a link arrives later.",
    {
      link,
      for: lasts,
      delay: time("How much later, for each direction."),
      jitter: optional(time("By how much the delay varies at most, up and down."), 0),
      direction,
      toxicity,
    },
    (step) =>
      `everything ${where(step)} arrives ${durationText(step.delay)}${step.jitter === 0 ? "" : ` ± ${durationText(step.jitter)}`} later, ${lasting(step)}`,
  ),
  bandwidth: kind(
    "At most so many bytes pass per second, for each connection and direction.",
    { link, for: lasts, perSecond: bytes("Bytes per second; 0B holds everything back.", 0), direction, toxicity },
    (step) => `at most ${sizeText(step.perSecond)} a second pass ${where(step)} on each connection, ${lasting(step)}`,
  ),
  slow_close: kind(
    "The end of a connection arrives later.",
    { link, for: lasts, delay: time("How much later."), direction, toxicity },
    (step) => `the end of a connection ${where(step)} arrives ${durationText(step.delay)} later, ${lasting(step)}`,
  ),
  timeout: kind(
    "Half-open connections: everything is swallowed, and nothing is closed.",
    {
      link,
      for: lasts,
      closeAfter: optional(time("When to close the connections after all. Left out: at the end of the step."), null),
      direction,
      toxicity,
    },
    (step) =>
      `everything ${where(step)} is swallowed, and ${step.closeAfter === null ? "no connection is closed" : `connections are closed after ${durationText(step.closeAfter)}`}, ${lasting(step)}`,
  ),
  reset_peer: kind(
    "Connections are reset, those that are open and those that are opened meanwhile.",
    { link, for: lasts, after: optional(time("How long a connection lives before that."), 0), toxicity },
    (step) =>
      `connections ${where(step)} are reset${step.after === 0 ? "" : ` after ${durationText(step.after)}`}, ${lasting(step)}`,
  ),
  slicer: kind(
    "Data arrives in small pieces.",
    {
      link,
      for: lasts,
      size: bytes("About how large a piece is.", 1),
      variation: optional(bytes("By how much a piece may be larger or smaller.", 0), 0),
      pause: optional(time("How long to wait after each piece."), 0),
      direction,
      toxicity,
    },
    (step) =>
      `data ${where(step)} arrives in pieces of about ${sizeText(step.size)}${step.pause === 0 ? "" : ` with pauses of ${durationText(step.pause)}`}, ${lasting(step)}`,
  ),
  limit_data: kind(
    "Each connection is closed once it has carried so many bytes.",
    { link, for: lasts, size: bytes("How many bytes.", 0), direction, toxicity },
    (step) => `each connection ${where(step)} is closed after another ${sizeText(step.size)}, ${lasting(step)}`,
  ),
  down: kind(
    "A link is cut: open connections are reset and new ones refused.",
    { link, for: lasts },
    (step) => `the connections ${where(step)} are cut and new ones refused, ${lasting(step)}`,
  ),
};

function where(step: { readonly link: LinkName; readonly direction?: "upstream" | "downstream" | null }): string {
  const way =
    step.direction === "upstream"
      ? " (towards the server)"
      : step.direction === "downstream"
        ? " (towards the client)"
        : "";
  return `${LINK_TEXT[step.link]}${way}`;
}

function lasting(step: { readonly for: number; readonly toxicity?: number }): string {
  const share =
    step.toxicity === undefined || step.toxicity === 1
      ? ""
      : `, on ${String(Math.round(step.toxicity * 100))} % of the connections`;
  return `for ${durationText(step.for)}${share}`;
}
