import { list, object, variants } from "../../shape/shape.ts";
import type { Shape, ShapeOf } from "../../shape/shape.ts";
import { rate } from "../../shape/units.ts";

/** What happens beside the measured load, from its first request to its last. */
const KINDS = {
  neighbour: object("Webhooks for another project, with a workflow without calls.", {
    rate: rate("Webhooks per time.", { max: 20_000 }),
  }),
  "run-list": object("Somebody reads the newest page of the project's run list, fifty runs, again and again.", {
    rate: rate("Pages per time.", { max: 200 }),
  }),
};

const alongsideStep = variants("What happens beside the measured load.", "kind", KINDS);

export type AlongsideStep = ShapeOf<typeof alongsideStep>;

/** The part of a scenario file. */
export const alongsideShape: Shape<readonly AlongsideStep[]> = list(
  "What happens beside the measured load, from its first request to its last; not measured itself, but for latency.list of run-list.",
  alongsideStep,
);

/** A step in a sentence. */
export function alongsideText({ kind, rate: perSecond }: AlongsideStep): string {
  const often = perSecond.toLocaleString("en-US", { maximumFractionDigits: 3 });
  return kind === "neighbour"
    ? `Another project gets ${often} webhooks a second.`
    : `Somebody reads the newest fifty runs ${often} times a second.`;
}
