import { join } from "node:path";
import { waitForBacklog } from "../audit/backlog.ts";
import type { BenchConnection } from "../database/bench-connection.ts";
import { startLoad } from "../load/generator/generator.ts";
import { githubIssuesPayload, payloadsOf, SMALL } from "../load/payload.ts";
import type { Sink } from "../load/sink/sink.ts";
import type { LaunchedSystem } from "./launched-system.ts";
import { Nudge } from "./nudge.ts";

/** Lets MeshHook's and Postgres' own warm-up happen before anything is measured: compiled code, caches, connections. */
export async function warmSystem(
  {
    system,
    sink,
    connection,
    directory,
  }: {
    readonly system: LaunchedSystem;
    readonly sink: Sink;
    readonly connection: BenchConnection;
    readonly directory: string;
  },
  { durationMs, seed }: { readonly durationMs: number; readonly seed: number },
): Promise<Nudge> {
  let nudge: Nudge | null = null;
  for (const name of ["one-call", "pure"] as const) {
    const intake = await system.createIntake({ kind: "built-in", name }, `warm-up-${name}`, sink.port);
    nudge = Nudge.on(system, intake.path, githubIssuesPayload("github-issues-small"));
    const load = await startLoad(
      {
        target: { host: "127.0.0.1", port: system.port, path: intake.path },
        model: { kind: "closed", senders: 16, durationMs },
        payloads: payloadsOf(SMALL, seed),
        timeoutMs: 5_000,
        requestsMax: 100_000,
        ledgerPath: join(directory, "warm-up.ledger"),
      },
      () => undefined,
    );
    await load.finished;
    await waitForBacklog(await connection.alive(), intake.workflowId, 10_000);
  }
  if (nudge === null) throw new Error("A warm-up has a workflow.");
  await nudge.send(performance.now());
  return nudge;
}
