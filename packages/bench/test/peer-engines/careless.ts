import type { StartEngine } from "../../src/peers/host/engine.ts";
import { startTableEngine } from "./table.ts";

/** Answers as quickly as can be: some deliveries are never stored, and some runs are done twice. */
export const startEngine: StartEngine = (context) =>
  startTableEngine(context, { isForgotten: (taken) => taken % 10 === 0, isRepeated: (taken) => taken % 10 === 5 });
