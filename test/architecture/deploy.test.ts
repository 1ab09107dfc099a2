import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";

import { repositoryFiles, ROOT, textOf } from "./tree.ts";

const execute = promisify(execFile);
const CHART = "deploy/helm/meshhook";
const CLOUD_INIT = "deploy/bench/cloud-init.yaml";
const UNIT = "deploy/systemd/meshhook.service";
const templates = repositoryFiles().filter((path) => path.startsWith(`${CHART}/templates/`));
const values = parse(textOf(`${CHART}/values.yaml`)) as Values;

type Values = { readonly [name: string]: Value };
type Value = string | number | boolean | readonly unknown[] | Values;

/** Settings of MeshHook as the reference lists them. */
const settings = new Set(
  [...textOf("docs/reference/configuration.md").matchAll(/^\| `([A-Z_]+)`/gm)].map((match) => match[1]),
);
/** Of Node, of the PostgreSQL image, of Docker. */
const FOREIGN = /^(NODE_ENV|PATH|POSTGRES_\w+)$/;

test("every setting that a deployment sets is one of MeshHook's", () => {
  const compose = parse(textOf("deploy/compose.yaml")) as {
    readonly services: { readonly [name: string]: { readonly environment?: object } };
  };
  const used = [
    ...[...textOf("Dockerfile").matchAll(/^(?:ENV| {4})\s*([A-Z_]+)=/gm)].map((match) => match[1]),
    ...Object.values(compose.services).flatMap(({ environment = {} }) => Object.keys(environment)),
    ...[...textOf("deploy/compose.yaml").matchAll(/^ +([A-Z_]+)="/gm)].map((match) => match[1]),
    ...[...textOf(UNIT).matchAll(/^Environment=(.*)$/gm)].flatMap((match) => match[1]?.match(/[A-Z_]+(?==)/g) ?? []),
    ...templates.flatMap((path) => [...textOf(path).matchAll(/- name: ([A-Z_]+)$/gm)].map((match) => match[1])),
    ...[...textOf(CLOUD_INIT).matchAll(/\b((?:MESHHOOK_|HOST)[A-Z_]*)=/g)].map((match) => match[1]),
  ];
  expect(used.length).toBeGreaterThan(20);
  expect(used.filter((name) => !FOREIGN.test(name ?? "") && !settings.has(name))).toEqual([]);
});

test("what stops MeshHook leaves it more time than it takes to drain", () => {
  const drainMs = Number(
    /`MESHHOOK_DRAIN_MS`[^|]*\|[^|]*\| (\d+) ms/.exec(textOf("docs/reference/configuration.md"))?.[1],
  );
  expect(drainMs).toBeGreaterThan(0);
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(textOf(UNIT))?.[1]) * 1_000).toBeGreaterThan(drainMs);
  const { environment, stop_grace_period: grace } = (
    parse(textOf("deploy/compose.yaml")) as {
      readonly services: {
        readonly meshhook: {
          readonly environment: { readonly [name: string]: string };
          readonly stop_grace_period: string;
        };
      };
    }
  ).services.meshhook;
  expect(Number.parseInt(grace) * 1_000).toBeGreaterThan(Number(environment["MESHHOOK_DRAIN_MS"]));
  const deployment = textOf(`${CHART}/templates/deployment.yaml`);
  expect(deployment).toMatch(/terminationGracePeriodSeconds: \{\{ add \.Values\.drainSeconds \d+ \}\}/);
});

test("an image is made from the packed tarball alone, and every secret of the compose file is one that it declares", () => {
  const copied = [...textOf("Dockerfile").matchAll(/^COPY (?!--from)(\S+) /gm)].map((match) => match[1]);
  expect(copied).toEqual(["meshhook-*.tgz"]);
  expect(textOf(".dockerignore")).toMatch(/^\*\n!meshhook-\*\.tgz$/m);
  const compose = textOf("deploy/compose.yaml");
  const { secrets } = parse(compose) as { readonly secrets: object };
  const used = new Set([...compose.matchAll(/\/run\/secrets\/([\w-]+)/g)].map((match) => match[1] ?? ""));
  expect([...used].toSorted()).toEqual(Object.keys(secrets).toSorted());
});

test("the chart's values fit their schema, and values that are wrong do not", () => {
  const validate = new Ajv({ allErrors: true }).compile(JSON.parse(textOf(`${CHART}/values.schema.json`)) as object);
  expect([validate(values), validate.errors]).toEqual([true, null]);
  for (const wrong of [
    { replicas: 0 },
    { replica: 2 },
    { env: { MESHHOOK_ADMIN_KEY: "mh_in_plain_sight" } },
    { existingSecret: "" },
    { autoscaling: { enabled: true, queueAge: { metric: "cpu" } } },
  ])
    expect([wrong, validate({ ...values, ...wrong })]).toEqual([wrong, false]);
});

test("templates use the values that there are, and every value is used", () => {
  const used = new Set(
    templates.flatMap((path) => [...textOf(path).matchAll(/\.Values\.([\w.]+)/g)].map((match) => match[1] ?? "")),
  );
  const there = new Set(pathsOf(values));
  expect([...used].filter((path) => !there.has(path))).toEqual([]);
  expect([...there].filter((path) => ![...used].some((one) => one === path || path.startsWith(`${one}.`)))).toEqual([]);
  const defined = new Set(
    templates.flatMap((path) => [...textOf(path).matchAll(/define "([^"]+)"/g)].map((match) => match[1])),
  );
  for (const path of templates) {
    const text = textOf(path);
    const included = [...text.matchAll(/include "([^"]+)"/g)].map((match) => match[1]);
    expect([path, included.filter((name) => !defined.has(name))]).toEqual([path, []]);
    const count = (pattern: RegExp): number => [...text.matchAll(pattern)].length;
    expect([path, count(/\{\{-? (?:if|with|range|define)\b/g)]).toEqual([path, count(/\{\{-? end\b/g)]);
  }
});

/** The paths of leaves: an empty list or map is one. */
function pathsOf(from: Values, above = ""): readonly string[] {
  return Object.entries(from).flatMap(([name, value]) =>
    typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0 && name !== "resources"
      ? pathsOf(value as Values, `${above}${name}.`)
      : [`${above}${name}`],
  );
}

test("both clouds put settings in place of lines that cloud-init's file has", () => {
  const lines = new Set(
    textOf(CLOUD_INIT)
      .split("\n")
      .map((line) => line.trim()),
  );
  for (const cloud of ["aws", "gcp"]) {
    const main = textOf(`deploy/bench/${cloud}/main.tf`);
    const replaced = [...main.matchAll(/"([A-Z_]+)=\\"([^"\\]*)\\""(?: *=|, ")/g)].map(
      (match) => `${match[1]}="${match[2]}"`,
    );
    expect(new Set(replaced).size).toBeGreaterThanOrEqual(8);
    expect([cloud, replaced.filter((line) => !lines.has(line))]).toEqual([cloud, []]);
    expect(main).not.toMatch(/0\.0\.0\.0\/0"\]\s*\}\s*ingress/);
  }
});

test("scripts that cloud-init writes are shell, and what runs them is there", async () => {
  const { write_files: files, runcmd } = parse(textOf(CLOUD_INIT)) as {
    readonly write_files: readonly { readonly path: string; readonly content: string }[];
    readonly runcmd: readonly (readonly string[])[];
  };
  const folder = await mkdtemp(join(tmpdir(), "meshhook-cloud-init-"));
  try {
    for (const { content } of files.filter((file) => file.content.startsWith("#!/bin/bash"))) {
      await writeFile(join(folder, "script"), content);
      await execute("bash", ["-n", join(folder, "script")]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  const written = new Set(files.map(({ path }) => path));
  const run = runcmd.flat().flatMap((text) => text.match(/\/usr\/local\/sbin\/[\w-]+/g) ?? []);
  expect(run.length).toBeGreaterThan(2);
  expect(run.filter((path) => !written.has(path))).toEqual([]);
});

test.skipIf(!existsSync("/usr/bin/systemd-analyze"))("systemd accepts the unit", async () => {
  const folder = await mkdtemp(join(tmpdir(), "meshhook-unit-"));
  try {
    // It asks whether the program exists, which is installed elsewhere.
    const unit = join(folder, "meshhook.service");
    await writeFile(unit, textOf(UNIT).replace("/usr/local/bin/meshhook", process.execPath));
    expect((await execute("systemd-analyze", ["verify", unit])).stderr).toBe("");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.skipIf(!existsSync("/usr/bin/cloud-init"))("cloud-init accepts its file", async () => {
  const { stdout } = await execute("cloud-init", ["schema", "--config-file", join(ROOT, CLOUD_INIT)]);
  expect(stdout).toMatch(/^Valid/);
});
