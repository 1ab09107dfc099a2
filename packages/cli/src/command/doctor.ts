import type { Health } from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import type { ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { checkMail, checkTls, type LocalCheck } from "./local-checks.ts";

/** Something that was looked at. */
interface Check {
  readonly name: string;
  readonly status: "ok" | "degraded" | "down";
  readonly summary: string;
  /** Null exactly when the status is `ok`. */
  readonly remedy: string | null;
}

/**
 * Looks at a running MeshHook and at what the settings here name: the health of each component, runs that no process can continue, the mail server and
 * the TLS certificate. Ends with `failed` unless all is well.
 */
export async function doctor(isJson: boolean, config: Config, output: Output): Promise<ExitName> {
  const { health, semantics } = await withConnection(connect(config), async (client) => ({
    health: await client.getHealth(),
    semantics: await client.getSemantics(),
  }));
  const local = await Promise.all([checkMail(config), checkTls(config)]);
  const checks = [
    ...healthChecks(health),
    ...semanticsChecks(semantics),
    ...local.filter((check) => check !== null).map(localCheck),
  ];
  const exit = checks.every(({ status }) => status === "ok") ? "ok" : "failed";
  if (isJson) {
    output.line(JSON.stringify({ status: exit, version: health.version, checks, processes: health.processes ?? null }));
    return exit;
  }
  output.line(`MeshHook ${health.version} knows engine semantics 1 to ${semantics.known}.`);
  for (const { name, remedy, status, summary } of checks) {
    output.line(`${status.padEnd(8)}  ${name}: ${summary}`);
    if (remedy !== null) output.line(`          ${remedy}`);
  }
  for (const { name, shards } of health.processes ?? []) output.line(`process   ${name}: ${shards} shards`);
  return exit;
}

function healthChecks({ components, status }: Health): readonly Check[] {
  if (components === undefined)
    return [
      {
        name: "health",
        status,
        summary: `The installation is ${status}; only an admin key sees the details.`,
        remedy: status === "ok" ? null : "Set MESHHOOK_API_KEY to an admin key and try again.",
      },
    ];
  return components.map(({ name, remedy, status: found, summary }) => ({ name, status: found, summary, remedy }));
}

function semanticsChecks(found: {
  readonly known: number;
  readonly unfinished: readonly { readonly semantics: number; readonly runs: number }[];
}): readonly Check[] {
  const { known, unfinished } = found;
  if (unfinished.length === 0) return [{ name: "runs", status: "ok", summary: "All runs have ended.", remedy: null }];
  return unfinished.map(({ runs, semantics }) => {
    const count = `${runs} ${runs === 1 ? "run has" : "runs have"} not ended`;
    const isKnown = semantics <= known;
    return {
      name: "runs",
      status: isKnown ? "ok" : "degraded",
      summary: `Semantics ${semantics}: ${count}${isKnown ? "" : ": set aside until a newer version of MeshHook takes over"}.`,
      remedy: isKnown ? null : "Start the newer version again; it continues them.",
    };
  });
}

function localCheck({ name, remedy, summary }: LocalCheck): Check {
  return { name, status: remedy === null ? "ok" : "degraded", summary, remedy };
}
