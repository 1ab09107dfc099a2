import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Outcome } from "../../load/ledger.ts";
import { arriving, constant, ramp, steps, trace, warmedUp } from "../../load/profile/profile.ts";
import { scenarioNamed } from "../../scenario/catalogue.ts";
import { scenarioPayloads } from "../../scenario/deliveries.ts";
import { paced } from "../../scenario/load.ts";
import type { LoadDriver } from "../driver.ts";
import { openK6 } from "./k6.ts";
import { K6Points } from "./points.ts";
import { k6Refusal, k6Schedule } from "./schedule.ts";
import { k6Script } from "./script.ts";

const SHIM = fileURLToPath(new URL("../../../test/k6-shim/main.ts", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "meshhook-k6-"));
const seen: { readonly n: number; readonly body: string; readonly key: string | undefined }[] = [];
let server: Server;
let port = 0;
let k6: LoadDriver;
/** From this request on, answers wait until the whole load was due. */
let slowFrom = Infinity;

beforeAll(async () => {
  const path = join(directory, "k6");
  writeFileSync(path, `#!/bin/sh\nexec ${process.execPath} --no-warnings ${SHIM} "$@"\n`);
  chmodSync(path, 0o755);
  k6 = await openK6(directory);
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const n = Number(new URL(request.url ?? "", "http://x").searchParams.get("n"));
      const key = request.headers["idempotency-key"];
      seen.push({ n, body, key: typeof key === "string" ? key : undefined });
      const answer = () => response.writeHead(n === 7 ? 503 : 202).end(JSON.stringify({ runId: runIdOf(n) }));
      setTimeout(answer, n >= slowFrom ? 500 : 0);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

function runIdOf(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

const NOMINAL = scenarioNamed("webhook-ack-keyed");

test("k6 sends a scenario into the same ledger as the built-in generator, counted from the schedule", async () => {
  const profile = warmedUp(steps([40, 100], 400), 300);
  const load = paced(steps([40, 100], 400), { warmupMs: 300 });
  const payloads = scenarioPayloads(NOMINAL, 1);
  const running = await k6.startLoad({ ...NOMINAL, load }, directory)(
    {
      target: { host: "127.0.0.1", port, path: "/hooks/token" },
      model: { kind: "open", profile, inFlightMax: 4, unsentAfterMs: 5_000 },
      payloads,
      key: { header: "idempotency-key", prefix: "test", repeats: 2 },
      timeoutMs: 5_000,
      requestsMax: 10_000,
      ledgerPath: join(directory, "k6.ledger"),
    },
    () => undefined,
  );
  const { ledger, driver, startedAtUs } = await running.finished;
  expect(driver).toEqual({ name: "k6", version: "2.3.0", timesFrom: "schedule" });
  const due = k6Schedule(profile, 4).dueUs;
  // What is due at the very end may be left out.
  expect(due.length - ledger.count).toBeOneOf([0, 1]);
  const unsent = ledger.outcome.filter((outcome) => outcome === Outcome.unsent).length;
  const sent = ledger.count - unsent;
  expect(seen.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, n) => n));
  expect([...ledger.intendedUs].toSorted((a, b) => a - b)).toEqual(
    due.slice(0, ledger.count).map((us) => Math.round(us)),
  );
  expect(Math.abs(startedAtUs / 1e6 - Date.now() / 1_000)).toBeLessThan(60);
  for (let n = 0; n < sent; n += 1) {
    expect(ledger.outcome[n]).toBe(n === 7 ? 503 : 202);
    expect(ledger.runIdOf(n)).toBe(n === 7 ? null : runIdOf(n));
    expect(ledger.sentUs[n]).toBeGreaterThanOrEqual(ledger.intendedUs[n] ?? Infinity);
    expect(ledger.answeredUs[n]).toBeGreaterThanOrEqual(ledger.sentUs[n] ?? Infinity);
  }
  const [first, second, third] = seen.toSorted((a, b) => a.n - b.n);
  expect(first?.key).toMatch(/^test-\d+-0$/);
  expect([second?.key, second?.body]).toEqual([first?.key, first?.body]);
  expect(third?.key?.replace(/1$/, "0")).toBe(first?.key);
  expect([first?.body, third?.body]).toEqual([payloads[0]?.body, payloads[1]?.body]);
});

test("what k6 drops because every VU waits is unsent in the ledger, and the others keep their own times", async () => {
  seen.length = 0;
  slowFrom = 10;
  const profile = constant(50, 800);
  const running = await k6.startLoad({ ...NOMINAL, load: paced(profile, { warmupMs: 0 }) }, directory)(
    {
      target: { host: "127.0.0.1", port, path: "/hooks/token" },
      model: { kind: "open", profile, inFlightMax: 3, unsentAfterMs: 5_000 },
      payloads: [{ body: "{}", headers: {} }],
      timeoutMs: 5_000,
      requestsMax: 10_000,
      ledgerPath: join(directory, "k6.ledger"),
    },
    () => undefined,
  );
  const { ledger } = await running.finished;
  slowFrom = Infinity;
  expect(ledger.count).toBe(40);
  const unsent = [...ledger.outcome.keys()].filter((n) => ledger.outcome[n] === Outcome.unsent);
  expect(unsent.length).toBeGreaterThan(15);
  expect(seen.length).toBe(40 - unsent.length);
  expect([...ledger.intendedUs].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n * 20_000));
  // The load stood still in the middle: what was sent after it is not billed for what was dropped.
  for (let n = 0; n < seen.length; n += 1)
    expect((ledger.sentUs[n] ?? 0) - (ledger.intendedUs[n] ?? 0)).toBeLessThan(500_000);
});

test("a k6 that cannot be reached or does not send says so", async () => {
  await expect(openK6("/nowhere")).rejects.toThrow(/k6 is not installed.*grafana\.com.*bench export k6/s);
  const broken = join(directory, "broken");
  await promisify(execFile)("mkdir", ["-p", broken]);
  writeFileSync(
    join(broken, "k6"),
    '#!/bin/sh\n[ "$1" = version ] && echo "k6 v9.9.9" && exit 0\necho "GoError: out of VUs" >&2\nexit 107\n',
    { mode: 0o755 },
  );
  const driver = await openK6(broken);
  const running = driver.startLoad(NOMINAL, broken)(
    {
      target: { host: "127.0.0.1", port, path: "/hooks/token" },
      model: { kind: "open", profile: constant(10, 1_000), inFlightMax: 4, unsentAfterMs: 5_000 },
      payloads: [{ body: "{}", headers: {} }],
      timeoutMs: 5_000,
      requestsMax: 10_000,
      ledgerPath: join(directory, "k6.ledger"),
    },
    () => undefined,
  );
  await expect(running).rejects.toThrow(/k6 did not send the load: it exited with code 107.*out of VUs/s);
});

test("the generated scripts have the types that k6 publishes", async () => {
  const folder = join(directory, "types");
  await promisify(execFile)("mkdir", ["-p", folder]);
  for (const name of ["webhook-ack-nominal", "webhook-bad-signatures", "webhook-duplicate-storm", "webhook-spike"]) {
    const scenario = scenarioNamed(name);
    if (scenario.load.kind !== "paced") throw new Error(`${name} has no rate.`);
    const { key, repeats } = scenario.deliveries;
    const script = k6Script({
      scenario,
      schedule: k6Schedule(warmedUp(scenario.load.profile, scenario.load.warmupMs), 256),
      payloads: scenarioPayloads(scenario, 1).slice(0, 3),
      key: key === null ? undefined : { header: key, prefix: name, repeats },
      url: null,
      timeoutMs: 10_000,
    });
    writeFileSync(join(folder, `${name}.js`), script);
  }
  const types = dirname(createRequire(import.meta.url).resolve("@types/k6/package.json"));
  const tsc = fileURLToPath(new URL("../../../../../node_modules/.bin/tsc", import.meta.url));
  const compilerOptions = {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    strict: true,
    noImplicitAny: false,
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2022",
    lib: ["es2022"],
    typeRoots: [dirname(types)],
    types: ["k6"],
    paths: { k6: [join(types, "index.d.ts")], "k6/*": [join(types, "*")] },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.js"] }));
  // One that is wrong beside them, so that a check which sees nothing does not pass.
  writeFileSync(
    join(folder, "wrong.js"),
    `${readFileSync(join(folder, "webhook-spike.js"), "utf8")}\nexec.scenario.noSuchThing();\n`,
  );
  const checked = await promisify(execFile)(tsc, ["--project", folder]).then(
    () => "",
    (error: unknown) => (error instanceof Error && "stdout" in error ? String(error.stdout) : String(error)),
  );
  expect(checked.trim().split("\n")).toEqual([expect.stringMatching(/wrong\.js\(\d+,\d+\).*noSuchThing/)]);
});

test("k6 gets whole rates in a unit of time that is long enough, and a jump as a stage without length", () => {
  expect(k6Schedule(constant(2.5, 4_000), 256).scenario).toMatchObject({
    executor: "constant-arrival-rate",
    rate: 25,
    timeUnit: "10s",
    duration: "4000ms",
  });
  expect(k6Schedule(steps([50, 100], 1_000), 256).scenario).toMatchObject({
    executor: "ramping-arrival-rate",
    startRate: 50,
    stages: [
      { target: 50, duration: "1000ms" },
      { target: 100, duration: "0s" },
      { target: 100, duration: "1000ms" },
    ],
  });
  // From 0 to 20/s in a second: t² · 10 requests after t seconds, so the k-th is started at √(k / 10).
  const due = k6Schedule(ramp(0, 20, 1_000), 256).dueUs;
  expect(due).toHaveLength(10);
  for (const [k, us] of due.entries()) expect(us).toBeCloseTo(Math.sqrt((k + 1) / 10) * 1e6, -1);
});

test("k6 refuses loads that it cannot send as they are, and says who can", () => {
  expect(k6Refusal(arriving(constant(1, 1_000), { kind: "poisson", seed: 1 }))).toMatch(/poisson.*--driver jmeter/);
  expect(k6Refusal(trace([1, 2], 1_000))).toMatch(/trace.*--driver jmeter/);
  expect(k6Refusal(ramp(1, 2, 1_000))).toBeNull();
  expect(k6.refusal(scenarioNamed("dag-pure-saturation"))).toMatch(/saturating.*Leave --driver out/);
});

test("a request that k6 reports without its schedule counts from its own send", () => {
  const points = new K6Points([0, 1_000, 2_000, 3_000]);
  const line = (n: number, value: number, tags: object) =>
    JSON.stringify({
      metric: "http_req_duration",
      type: "Point",
      data: { time: `2026-11-30T15:00:00.00${String(n)}123456+01:00`, value, tags, metadata: { n: String(n) } },
    });
  expect(points.take(line(1, 0.5, { status: "202" }))).toBe(202);
  expect(points.take(line(3, 0, { status: "0", error_code: "1212" }))).toBe(Outcome.refused);
  expect(points.take(JSON.stringify({ metric: "vus", type: "Point", data: { time: "", value: 1 } }))).toBeNull();
  const { load, timesFrom } = points.finish();
  expect(timesFrom).toBe("send");
  const atUs = Date.parse("2026-11-30T14:00:00Z") * 1_000;
  expect(load).toEqual({
    startedAtUs: atUs + 623,
    unsentUs: [],
    requests: [
      { n: 1, intendedUs: null, sentUs: atUs + 623, answeredUs: atUs + 1_123, outcome: 202, runId: "" },
      { n: 3, intendedUs: null, sentUs: null, answeredUs: atUs + 3_123, outcome: Outcome.refused, runId: "" },
    ],
  });
});
