import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { mistakesText, resolveConfig } from "../config/resolve.ts";
import type { Config } from "../config/settings.ts";
import { openSources } from "./external.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-external-"));
});

afterAll(() => rm(folder, { recursive: true }));

function configOf(environment: { readonly [name: string]: string }): Config {
  const resolved = resolveConfig({}, environment);
  if ("mistakes" in resolved) throw new Error(mistakesText(resolved.mistakes));
  return resolved.config;
}

test("without settings, nobody is asked", async () => {
  expect(await openSources(configOf({}))).toEqual({ prometheus: null, supabase: null });
});

test("credentials in an address are refused, and shown nowhere", () => {
  for (const url of ["https://user:pass-word@prometheus.example", "https://prometheus.example/?token=pass-word"]) {
    const resolved = resolveConfig({ benchPrometheus: url, benchSupabaseMetrics: url }, {});
    const text = "mistakes" in resolved ? mistakesText(resolved.mistakes) : "";
    expect(text).toMatch(/--prometheus: .* without user, password and query; .*MESHHOOK_BENCH_PROMETHEUS_AUTH\n/);
    expect(text).toMatch(/--supabase-metrics: .*MESHHOOK_BENCH_SUPABASE_KEY/);
    expect(text).not.toContain("pass-word");
  }
});

test("settings that do not go together and wrong queries are bad input", async () => {
  const path = join(folder, "queries.yaml");
  await writeFile(path, "queries: [{ name: a }]\n");
  for (const [environment, message] of [
    [{ MESHHOOK_BENCH_SUPABASE_METRICS: "https://x.supabase.co/m" }, /MESHHOOK_BENCH_SUPABASE_KEY/],
    [{ MESHHOOK_BENCH_PROMETHEUS_QUERIES: path }, /needs --prometheus/],
    [
      { MESHHOOK_BENCH_PROMETHEUS: "http://127.0.0.1:9", MESHHOOK_BENCH_PROMETHEUS_QUERIES: path },
      /queries\.yaml: 2 mistakes, so nothing was started:\n {2}queries\[0\]\.query/,
    ],
  ] as const)
    await expect(openSources(configOf(environment))).rejects.toMatchObject({
      exit: "badInput",
      message: expect.stringMatching(message) as string,
    });
});

test("credentials are sent as they should be, and a system that refuses them is unreachable", async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401).end(request.headers.authorization);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const MESHHOOK_BENCH_PROMETHEUS = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  try {
    for (const MESHHOOK_BENCH_PROMETHEUS_AUTH of ["bearer abc-123", "basic me:pass:word"]) {
      const config = configOf({ MESHHOOK_BENCH_PROMETHEUS, MESHHOOK_BENCH_PROMETHEUS_AUTH });
      await expect(openSources(config)).rejects.toMatchObject({
        exit: "unreachable",
        message: expect.stringMatching(
          /answered 401: the credentials are not accepted\. Nothing was started\.$/,
        ) as string,
      });
    }
  } finally {
    server.close();
  }
  expect(seen).toEqual(["Bearer abc-123", `Basic ${Buffer.from("me:pass:word").toString("base64")}`]);
});
