import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { followLoad } from "../driven-load.ts";
import { DriverUnavailable, steeredLoad } from "../driver.ts";
import type { LoadDriver } from "../driver.ts";
import { findProgram, Program } from "../program.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { K6Points } from "./points.ts";
import { k6Refusal, k6Schedule } from "./schedule.ts";
import { k6Script } from "./script.ts";

const execute = promisify(execFile);
const VERSION_MS_MAX = 30_000;

/** A threshold was missed; the load was sent all the same, and the benchmark has thresholds of its own. */
const THRESHOLDS_MISSED = 99;

/**
 * The installed k6.
 *
 * @throws DriverUnavailable  with how to install it.
 */
export async function openK6(searchPath: string): Promise<LoadDriver> {
  const path = findProgram("k6", searchPath);
  if (path === null)
    throw new DriverUnavailable(
      "k6 is not installed: no folder of PATH has a program of that name. Install it (https://grafana.com/docs/k6/latest/set-up/install-k6/), write the script for another machine with `meshhook bench export k6 <scenario> --out script.js`, or leave --driver out.",
    );
  const { stdout } = await execute(path, ["version"], { timeout: VERSION_MS_MAX }).catch((error: unknown) => {
    throw new DriverUnavailable(
      `${path} does not start: \`k6 version\` failed. Install k6 again, or leave --driver out.`,
      {
        cause: error,
      },
    );
  });
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? "unknown";
  return {
    name: "k6",
    version,
    refusal: refusalByK6,
    startLoad: (scenario, folder) => async (plan, onInterval) => {
      if (plan.model.kind === "closed") throw new RangeError(steeredLoad(scenario) ?? "k6 sends open loads only.");
      const schedule = k6Schedule(plan.model.profile, plan.model.inFlightMax);
      const { host, port, path: webhookPath } = plan.target;
      const script = k6Script({
        scenario,
        schedule,
        payloads: plan.payloads,
        key: plan.key,
        url: `http://${host}:${String(port)}${webhookPath}`,
        timeoutMs: plan.timeoutMs,
      });
      const outputPath = join(folder, "k6.points.json");
      await mkdir(folder, { recursive: true });
      await rm(outputPath, { force: true });
      await writeFile(join(folder, "k6.js"), script);
      const program = await Program.start(
        path,
        [
          "run",
          "--quiet",
          "--no-color",
          "--no-usage-report",
          "--out",
          `json=${outputPath}`,
          "-e",
          "SUMMARY=k6.summary.json",
          "k6.js",
        ],
        { cwd: folder, logPath: join(folder, "k6.log") },
      );
      return followLoad({
        driver: { name: "k6", version },
        program,
        plan,
        outputPath,
        reader: new K6Points(schedule.dueUs),
        isSent: (exitCode) => exitCode === 0 || exitCode === THRESHOLDS_MISSED,
        onInterval,
      });
    },
  };
}

export function refusalByK6(scenario: Scenario): string | null {
  const { load } = scenario;
  const refusal = load.kind === "paced" ? k6Refusal(load.profile) : null;
  return steeredLoad(scenario) ?? (refusal === null ? null : `${scenario.name}: ${refusal}`);
}
