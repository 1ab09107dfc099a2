import type { Packed } from "./as-messages.ts";
import type { Bench } from "./bench.ts";

/** The questions that the bench answers, by name. */
export type Question =
  "setDraft" | "setPins" | "setSample" | "setHead" | "preview" | "names" | "tryOut" | "read" | "write" | "inLines";
export type Asked<Q extends Question> = Parameters<Bench[Q]>;
export type Answer<Q extends Question> = ReturnType<Bench[Q]>;

export interface Request {
  readonly id: number;
  readonly question: Question;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: string }
  | { readonly isReady: true };

/** The messages between the threads. */
export type PackedRequest = Omit<Request, "args"> & { readonly args: readonly Packed[] };
export type PackedReply =
  { readonly id: number; readonly answer: Packed } | Exclude<Reply, { readonly answer: unknown }>;
