/** A stand-in VU: the script in a thread of its own, one iteration at a time. */
import { parentPort, workerData } from "node:worker_threads";
import { state, tell } from "./api.ts";
import { loadScript } from "./load-script.ts";
import type { Iteration, VuStart } from "./protocol.ts";

const { script, env } = workerData as VuStart;
const loaded = await loadScript(script, env);
parentPort?.on("message", (iteration: Iteration) => {
  state.iteration = iteration;
  loaded.default();
  tell({ kind: "done" });
});
tell({ kind: "ready" });
