import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { followLoad } from "../driven-load.ts";
import { DriverUnavailable, steeredLoad } from "../driver.ts";
import type { LoadDriver } from "../driver.ts";
import { findProgram, Program } from "../program.ts";
import type { LoadPlan, Payload } from "../../load/generator/protocol.ts";
import type { LoadProfile } from "../../load/profile/profile.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { JMeterResults } from "./jtl.ts";
import { jmeterPlan, SAMPLE_VARIABLES } from "./plan.ts";
import { jmeterSchedule } from "./schedule.ts";

const execute = promisify(execFile);
const VERSION_MS_MAX = 60_000;

/**
 * The installed JMeter, 2.13 or later.
 *
 * @throws DriverUnavailable  with how to install it.
 */
export async function openJMeter(searchPath: string): Promise<LoadDriver> {
  const path = findProgram("jmeter", searchPath);
  if (path === null)
    throw new DriverUnavailable(
      "JMeter is not installed: no folder of PATH has a program `jmeter`. Install it (macOS: brew install jmeter; others: https://jmeter.apache.org/download_jmeter.cgi, which needs Java; the package of Debian 12 cannot read test plans), write the plan for another machine with `meshhook bench export jmeter <scenario> --out plan.jmx`, or leave --driver out.",
    );
  const { stdout } = await execute(path, ["--version"], { timeout: VERSION_MS_MAX }).catch((error: unknown) => {
    throw new DriverUnavailable(
      `${path} does not start: \`jmeter --version\` failed. It needs Java. Install JMeter again, or leave --driver out.`,
      { cause: error },
    );
  });
  const version = /(\d+\.\d+(?:\.\d+)?)(?!.*\d+\.\d+)/s.exec(stdout)?.[1] ?? "unknown";
  return {
    name: "jmeter",
    version,
    refusal: steeredLoad,
    startLoad: (scenario, folder) => async (plan, onInterval) => {
      if (plan.model.kind === "closed") throw new RangeError(steeredLoad(scenario) ?? "JMeter gets open loads only.");
      await mkdir(folder, { recursive: true });
      const { profile, inFlightMax } = plan.model;
      const { dueMs } = await writeJMeterPlan(join(folder, "jmeter.jmx"), {
        scenario,
        profile,
        inFlightMax,
        payloads: plan.payloads,
        key: plan.key,
        timeoutMs: plan.timeoutMs,
      });
      const outputPath = join(folder, "jmeter.jtl");
      await rm(outputPath, { force: true });
      const program = await Program.start(path, argumentsFor(plan.target, outputPath), {
        cwd: folder,
        logPath: join(folder, "jmeter.output.log"),
      });
      return followLoad({
        driver: { name: "jmeter", version },
        program,
        plan,
        outputPath,
        reader: new JMeterResults(dueMs),
        isSent: (exitCode) => exitCode === 0,
        explain: explainFailure,
        onInterval,
      });
    },
  };
}

function explainFailure(lastWords: string): string | null {
  return lastWords.includes("ForbiddenClassException")
    ? "This JMeter cannot read any test plan: Debian's package has a newer XStream than it was made for. Install JMeter from https://jmeter.apache.org/download_jmeter.cgi and put its bin folder first in PATH."
    : null;
}

function argumentsFor({ host, port, path }: LoadPlan["target"], outputPath: string): readonly string[] {
  const properties = {
    host,
    port: String(port),
    path,
    sample_variables: SAMPLE_VARIABLES.join(","),
    "sampleresult.timestamp.start": "true",
    "jmeter.save.saveservice.output_format": "csv",
    "jmeter.save.saveservice.print_field_names": "true",
    "jmeter.save.saveservice.timestamp_format": "ms",
    "jmeter.save.saveservice.autoflush": "true",
    // These may hold line breaks.
    "jmeter.save.saveservice.response_message": "false",
    "jmeter.save.saveservice.assertion_results_failure_message": "false",
  };
  return [
    "-n",
    "-t",
    "jmeter.jmx",
    "-l",
    outputPath,
    "-j",
    "jmeter.log",
    ...Object.entries(properties).map(([name, value]) => `-J${name}=${value}`),
  ];
}

export interface JMeterFilesInput {
  readonly scenario: Scenario;
  /** With the warm-up. */
  readonly profile: LoadProfile;
  readonly inFlightMax: number;
  readonly payloads: readonly Payload[];
  readonly key?: LoadPlan["key"];
  readonly timeoutMs: number;
}

/** Writes `<name>.jmx` and, beside it, what it reads: `<name>.schedule.tsv` and a file for each payload in `<name>.payloads`. */
export async function writeJMeterPlan(
  planPath: string,
  input: JMeterFilesInput,
): Promise<{ readonly files: readonly string[]; readonly dueMs: readonly number[] }> {
  const base = planPath.replace(/\.jmx$/, "");
  const name = base.slice(base.lastIndexOf("/") + 1);
  const { headers, text, dueMs } = jmeterSchedule(input.profile, input.payloads, input.key);
  const plan = jmeterPlan({
    ...input,
    headers,
    schedulePath: `${name}.schedule.tsv`,
    payloadFolder: `${name}.payloads`,
  });
  await mkdir(`${base}.payloads`, { recursive: true });
  await writeFile(`${base}.schedule.tsv`, text);
  await Promise.all(
    input.payloads.map(({ body }, index) => writeFile(join(`${base}.payloads`, `${String(index)}.json`), body)),
  );
  await writeFile(planPath, plan);
  return { files: [planPath, `${base}.schedule.tsv`, `${base}.payloads`], dueMs };
}
