import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { steeredLoad } from "../drivers/driver.ts";
import { writeJMeterPlan } from "../drivers/jmeter/jmeter.ts";
import { SAMPLE_VARIABLES } from "../drivers/jmeter/plan.ts";
import { refusalByK6 } from "../drivers/k6/k6.ts";
import { k6Schedule } from "../drivers/k6/schedule.ts";
import { k6Script } from "../drivers/k6/script.ts";
import { warmedUp } from "../load/profile/profile.ts";
import { scenarioPayloads, SIGNING_SECRET } from "../scenario/deliveries.ts";
import { withSeed } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { IN_FLIGHT_MAX, REQUEST_MS_MAX } from "../suite/measured-load.ts";

/** Programs for which a scenario's load can be written. */
export type ExportTool = "k6" | "jmeter";

export interface ExportedScenario {
  /** What was written. */
  readonly files: readonly string[];
  /** What the endpoint must be told for the webhooks to be accepted, and how the load is started; a line each. */
  readonly notes: readonly string[];
}

/** Why a scenario's load cannot be written for a tool, in a sentence; null when it can. */
export function exportRefusal(tool: ExportTool, scenario: Scenario): string | null {
  return tool === "k6" ? refusalByK6(scenario) : steeredLoad(scenario);
}

/**
 * Writes a scenario's load for people who run k6 or JMeter themselves: a k6 script, or a JMeter plan with the files that it reads beside it.
 *
 * @throws RangeError  for a load that the tool cannot send, saying why.
 */
export async function exportScenario(
  tool: ExportTool,
  scenario: Scenario,
  { path, seed }: { readonly path: string; readonly seed: number },
): Promise<ExportedScenario> {
  const refusal = exportRefusal(tool, scenario);
  if (refusal !== null || scenario.load.kind !== "paced")
    throw new RangeError(refusal ?? "Only paced loads are written.");
  await mkdir(dirname(path), { recursive: true });
  const load = withSeed(scenario.load, seed);
  const profile = warmedUp(load.profile, load.warmupMs);
  const { key, repeats } = scenario.deliveries;
  const input = {
    scenario,
    payloads: scenarioPayloads(scenario, seed),
    key: key === null ? undefined : { header: key, prefix: scenario.name, repeats },
    timeoutMs: REQUEST_MS_MAX,
  };
  if (tool === "k6") {
    await writeFile(path, k6Script({ ...input, schedule: k6Schedule(profile, IN_FLIGHT_MAX), url: null }));
    const run = `k6 run -e WEBHOOK_URL=http://localhost:3000/hooks/<token> --out json=points.json ${basename(path)}`;
    return { files: [path], notes: [...endpointNotes(scenario), `Run it with: ${run}`] };
  }
  const { files } = await writeJMeterPlan(path, { ...input, profile, inFlightMax: IN_FLIGHT_MAX });
  const name = basename(path);
  const run = `jmeter -n -t ${name} -l results.jtl -Jhost=localhost -Jport=3000 -Jpath=/hooks/<token> -Jsample_variables=${SAMPLE_VARIABLES.join(",")}`;
  return { files, notes: [...endpointNotes(scenario), `Run it with: ${run}`] };
}

function endpointNotes({ deliveries }: Scenario): readonly string[] {
  return [
    ...(deliveries.signature === "none"
      ? []
      : [
          `The endpoint must check signatures of the kind ${deliveries.signature} with the secret "${SIGNING_SECRET}".`,
        ]),
    ...(deliveries.key === null || deliveries.key === "idempotency-key"
      ? []
      : [`The endpoint must read the key of a delivery from the header ${deliveries.key}.`]),
  ];
}
