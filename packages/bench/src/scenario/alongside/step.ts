import { list, number, object, optional, variants } from "../../shape/shape.ts";
import type { Shape, ShapeOf } from "../../shape/shape.ts";
import { duration, durationText, rate } from "../../shape/units.ts";

/** What happens beside the measured load, from its first request to its last. */
const KINDS = {
  neighbour: object("Webhooks for other projects, with a workflow without calls.", {
    rate: rate("Webhooks per time, all projects together.", { max: 20_000 }),
    projects: optional(
      number("How many projects, each with an endpoint and a workflow of its own, take turns.", {
        min: 1,
        max: 10_000,
        isWhole: true,
      }),
      1,
    ),
  }),
  "run-list": object("Somebody reads the newest page of the project's run list, fifty runs, again and again.", {
    rate: rate("Pages per time.", { max: 200 }),
  }),
  "run-detail": object("Somebody reads one run with its log after the other, the newest ones.", {
    rate: rate("Runs per time.", { max: 200 }),
  }),
  "slow-senders": object("Senders that send their bodies piece by piece, to an endpoint of another project.", {
    count: number("How many at any time.", { min: 1, max: 5_000, isWhole: true }),
    takes: duration("From the first byte of a body to its last.", { minMs: 100, maxMs: 600_000 }),
  }),
  "slow-viewers": object("Viewers of the project's live log that do not read what they get.", {
    count: number("How many.", { min: 1, max: 5_000, isWhole: true }),
  }),
};

const alongsideStep = variants("What happens beside the measured load.", "kind", KINDS);

export type AlongsideStep = ShapeOf<typeof alongsideStep>;

/** The part of a scenario file. */
export const alongsideShape: Shape<readonly AlongsideStep[]> = list(
  "What happens beside the measured load, from its first request to its last; not measured itself, but for latency.list of run-list and latency.detail of run-detail.",
  alongsideStep,
);

/** A step in a sentence. */
export function alongsideText(step: AlongsideStep): string {
  const count = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: 3 });
  switch (step.kind) {
    case "neighbour":
      return step.projects === 1
        ? `Another project gets ${count(step.rate)} webhooks a second.`
        : `${count(step.projects)} other projects together get ${count(step.rate)} webhooks a second.`;
    case "run-list":
      return `Somebody reads the newest fifty runs ${count(step.rate)} times a second.`;
    case "run-detail":
      return `Somebody reads ${count(step.rate)} runs a second, each with its log.`;
    case "slow-senders":
      return `${count(step.count)} senders of another project take ${durationText(step.takes)} over each body.`;
    default:
      return `${count(step.count)} more viewers of the live log do not read what they get.`;
  }
}
