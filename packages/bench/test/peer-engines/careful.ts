import type { StartEngine } from "../../src/peers/host/engine.ts";
import { startTableEngine } from "./table.ts";

export const startEngine: StartEngine = (context) =>
  startTableEngine(context, { isForgotten: () => false, isRepeated: () => false });
