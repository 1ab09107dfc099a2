/**
 * `npm run generate`: writes every generated file. `--check` writes nothing and ends 1 when a file is not what it would be.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { format, getFileInfo, resolveConfig } from "prettier";

import { commandLine } from "./generate/cli.ts";
import { configuration, environmentExample } from "./generate/configuration.ts";
import { databaseSchema } from "./generate/database-schema.ts";
import { errors } from "./generate/errors.ts";
import { lockFile } from "./generate/lock-file.ts";
import { metricsPage } from "./generate/metrics.ts";
import { nodeTypePages } from "./generate/node-types.ts";
import { performanceGuide } from "./generate/optimization-guide.ts";
import { openapi } from "./generate/openapi.ts";
import type { GeneratedFile } from "./generate/page.ts";
import { benchAbSchema, benchRetestSchema, benchScenarioSchema } from "./generate/bench-schemas.ts";
import { scenarioCatalogue } from "./generate/scenario-catalogue.ts";
import { benchPeersSchema } from "./generate/peers-schema.ts";
import { workflowDocumentSchema } from "./generate/workflow-schema.ts";
import { print, ROOT } from "./step.ts";

const FILES: readonly GeneratedFile[] = [
  lockFile,
  configuration,
  environmentExample,
  commandLine,
  errors,
  metricsPage,
  nodeTypePages,
  workflowDocumentSchema,
  benchScenarioSchema,
  scenarioCatalogue,
  benchPeersSchema,
  benchAbSchema,
  benchRetestSchema,
  performanceGuide,
  openapi,
  databaseSchema,
];

const isCheck = process.argv.includes("--check");
const stale: string[] = [];

for (const file of FILES) {
  const path = join(ROOT, file.path);
  const text = await formatted(path, await file.make());
  const present = await readFile(path, "utf8").catch(() => null);
  if (present === text) continue;
  if (isCheck) {
    stale.push(`${file.path}: ${firstDifference(present, text)}`);
  } else {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    print(`Wrote ${file.path}.`);
  }
}

if (stale.length > 0) {
  print(`Not current:\n${stale.map((line) => `  ${line}`).join("\n")}`);
  process.exitCode = 1;
}

async function formatted(path: string, text: string): Promise<string> {
  const { inferredParser } = await getFileInfo(path, { ignorePath: join(ROOT, ".prettierignore") });
  if (inferredParser === null) return text;
  return format(text, { ...(await resolveConfig(path)), parser: inferredParser });
}

function firstDifference(present: string | null, wanted: string): string {
  if (present === null) return "missing";
  const lines = wanted.split("\n");
  const line = present.split("\n").findIndex((text, index) => text !== lines[index]);
  return line === -1 ? "lines are missing at the end" : `line ${line + 1} should be "${lines[line] ?? ""}"`;
}
