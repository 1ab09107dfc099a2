import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import type { ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";

/** Shows how many runs have not ended, by the engine semantics that they were started with, and which of them no process can continue. */
export async function doctor(config: Config, output: Output): Promise<ExitName> {
  const { known, unfinished } = await withConnection(connect(config), (client) => client.getSemantics());
  output.line(`This version of MeshHook knows engine semantics 1 to ${known}.`);
  if (unfinished.length === 0) output.line("All runs have ended.");
  for (const { semantics, runs } of unfinished) {
    const count = `${runs} ${runs === 1 ? "run has" : "runs have"} not ended`;
    const remedy = semantics <= known ? "" : ": set aside until a newer version of MeshHook takes over";
    output.line(`Semantics ${semantics}: ${count}${remedy}.`);
  }
  return unfinished.every(({ semantics }) => semantics <= known) ? "ok" : "failed";
}
