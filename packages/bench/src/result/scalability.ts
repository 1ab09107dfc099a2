import { amount, choice, count, list, nullable, number, object, text } from "./schema-builder.ts";

/** How throughput follows the number of senders, or of MeshHook processes. */
export interface Scalability {
  /** What was made more. */
  readonly of: "senders" | "processes";
  /** By number, ascending. */
  readonly points: readonly ScalabilityPoint[];
  /** The Universal Scalability Law through the points; null where they do not carry one. */
  readonly law: ScalabilityLaw | null;
  /** Why there is no law, in a sentence; null when there is one. */
  readonly whyNone: string | null;
}

export interface ScalabilityPoint {
  readonly n: number;
  /** Runs that ended per second. */
  readonly perSecond: number;
  /** Of the blocks with this number, the slowest and the quickest. */
  readonly low: number;
  readonly high: number;
  readonly blocks: number;
  /** Of n times what one does; null where one was not measured. */
  readonly efficiency: number | null;
  /** What the law gives; null without one. */
  readonly fittedPerSecond: number | null;
}

/** X(N) = λN ÷ (1 + σ(N − 1) + κN(N − 1)). */
export interface ScalabilityLaw {
  /** λ: throughput of one, per second. */
  readonly lambda: Estimate;
  /** σ: the share of the work that waits for something shared. */
  readonly sigma: Estimate;
  /** κ: the cost of keeping each pair in agreement. */
  readonly kappa: Estimate;
  readonly rSquared: number;
  /** It says nothing outside these N. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** Where throughput is highest; null when the points show no peak. */
  readonly peak: { readonly n: Estimate; readonly perSecond: number } | null;
  /** The largest N measured up to which efficiency is at least 0.9; null when none. */
  readonly linearUntil: number | null;
}

/** With its interval of 95 %. */
export interface Estimate {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

const estimate = (description: string) =>
  object<Estimate>(description, {
    estimate: number("Best estimate."),
    low: number("Lower end of its 95 % interval."),
    high: number("Upper end of its 95 % interval."),
  });

export const scalabilitySchema = object<Scalability>(
  "How throughput follows the number of senders, or of MeshHook processes.",
  {
    of: choice("What was made more.", ["senders", "processes"]),
    points: list(
      "By number, in ascending order.",
      object<ScalabilityPoint>("One number.", {
        n: count("How many."),
        perSecond: amount("Runs that ended per second."),
        low: amount("The slowest block with this number."),
        high: amount("The quickest block with this number."),
        blocks: count("Blocks with this number."),
        efficiency: nullable(amount("Of n times what one does; null if one alone was not measured.")),
        fittedPerSecond: nullable(amount("What the law gives; null without one.")),
      }),
    ),
    law: nullable(
      object<ScalabilityLaw>("The Universal Scalability Law, X(N) = λN ÷ (1 + σ(N − 1) + κN(N − 1)).", {
        lambda: estimate("λ: throughput of one, per second."),
        sigma: estimate("σ: the share of the work that waits for something shared."),
        kappa: estimate("κ: the cost of keeping each pair in agreement."),
        rSquared: number("Share of the variance that the law explains."),
        validFrom: amount("The smallest N that was measured."),
        validUntil: amount("The largest N that was measured; the law says nothing beyond."),
        peak: nullable(
          object<NonNullable<ScalabilityLaw["peak"]>>("Where throughput is highest.", {
            n: estimate("N at the peak."),
            perSecond: amount("Throughput there."),
          }),
        ),
        linearUntil: nullable(count("The largest N measured up to which efficiency is at least 0.9; null when none.")),
      }),
    ),
    whyNone: nullable(text("Why there is no law; null when there is one.")),
  },
);
