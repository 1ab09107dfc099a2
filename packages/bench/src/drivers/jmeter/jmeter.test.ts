import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Outcome } from "../../load/ledger.ts";
import { arriving, constant, trace } from "../../load/profile/profile.ts";
import { scenarioNamed } from "../../scenario/catalogue.ts";
import { scenarioPayloads } from "../../scenario/deliveries.ts";
import { findProgram } from "../program.ts";
import { openJMeter } from "./jmeter.ts";
import { JMeterResults } from "./jtl.ts";
import { jmeterSchedule } from "./schedule.ts";

const directory = mkdtempSync(join(tmpdir(), "meshhook-jmeter-"));
afterAll(() => rmSync(directory, { recursive: true }));

const PATH = process.env["PATH"] ?? "";
const isInstalled = findProgram("jmeter", PATH) !== null;
// Printed in the suite's output, because an omitted test should not look like one that passed.
if (!isInstalled)
  process.stdout.write(
    "jmeter.test.ts: JMeter is not installed, so the test that needs it is left out (Debian: apt install jmeter)\n",
  );

/** Where Debian's package and its BeanShell are. */
const DEBIAN = { home: "/usr/share/jmeter", beanShell: "/usr/share/java/bsh.jar" };

/**
 * Debian's JMeter 2.13 cannot read any test plan: its XStream allows no classes but those on a list, which that JMeter never fills. Started through
 * BeanShell, the same program gets the list first. Any other JMeter is used as it is.
 */
function usableJMeter(): string {
  if (!existsSync(join(DEBIAN.home, "lib/ext/ApacheJMeter_core.jar")) || !existsSync(DEBIAN.beanShell)) return PATH;
  const script = join(directory, "start.bsh");
  writeFileSync(
    script,
    `import org.apache.jmeter.util.JMeterUtils;
import com.thoughtworks.xstream.XStream;
home = System.getProperty("jmeter.home");
JMeterUtils.setJMeterHome(home);
JMeterUtils.loadJMeterProperties(home + "/bin/jmeter.properties");
fields = Class.forName("org.apache.jmeter.save.SaveService").getDeclaredFields();
for (i = 0; i < fields.length; i++) {
  if (!XStream.class.isAssignableFrom(fields[i].getType())) continue;
  fields[i].setAccessible(true);
  fields[i].get(null).allowTypesByWildcard(new String[] { "org.apache.jmeter.**", "org.apache.jorphan.**" });
}
new org.apache.jmeter.JMeter().start(bsh.args);
`,
  );
  const jars = ["bin/ApacheJMeter.jar", "lib/*", "lib/ext/*"].map((jar) => join(DEBIAN.home, jar));
  writeFileSync(
    join(directory, "jmeter"),
    `#!/bin/sh
[ "$1" = --version ] && echo "Version 2.13" && exit
exec java -Djmeter.home=${DEBIAN.home} -cp '${[...jars, DEBIAN.beanShell].join(":")}' bsh.Interpreter ${script} "$@"
`,
    { mode: 0o755 },
  );
  return directory;
}

describe.runIf(isInstalled)("the installed JMeter", () => {
  const seen: { readonly n: number; readonly body: string; readonly headers: object }[] = [];
  let server: Server;
  let port = 0;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        if (request.method === "GET") {
          response.end();
          return;
        }
        const n = Number(new URL(request.url ?? "", "http://x").searchParams.get("n"));
        seen.push({ n, body, headers: request.headers });
        response.writeHead(n === 7 ? 503 : 202).end(JSON.stringify({ runId: runIdOf(n) }));
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  test("sends a scenario into the same ledger as the built-in generator, each request when it is due", async () => {
    const scenario = scenarioNamed("webhook-duplicate-storm");
    const payloads = scenarioPayloads(scenario, 1);
    // Random arrivals: no thread group of any JMeter sends these instants by itself.
    const profile = arriving(constant(60, 700), { kind: "poisson", seed: 4 });
    const jmeter = await openJMeter(usableJMeter());
    const running = await jmeter.startLoad(scenario, directory)(
      {
        target: { host: "127.0.0.1", port, path: "/hooks/token" },
        model: { kind: "open", profile, inFlightMax: 8, unsentAfterMs: 5_000 },
        payloads,
        key: { header: "idempotency-key", prefix: "test", repeats: 2 },
        timeoutMs: 5_000,
        requestsMax: 10_000,
        ledgerPath: join(directory, "jmeter.ledger"),
      },
      () => undefined,
    );
    const { ledger, driver } = await running.finished;
    expect(driver).toMatchObject({
      name: "jmeter",
      version: expect.stringMatching(/^\d+\.\d+/),
      timesFrom: "schedule",
    });
    const { dueMs } = jmeterSchedule(profile, payloads, undefined);
    expect([...ledger.intendedUs]).toEqual(dueMs.map((ms) => ms * 1_000));
    expect(seen.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(dueMs.map((_, n) => n));
    for (let n = 0; n < ledger.count; n += 1) {
      expect(ledger.outcome[n]).toBe(n === 7 ? 503 : 202);
      expect(ledger.runIdOf(n)).toBe(n === 7 ? null : runIdOf(n));
      expect(ledger.answeredUs[n]).toBeGreaterThanOrEqual(ledger.sentUs[n] ?? Infinity);
    }
    for (const { n, body, headers } of seen) {
      const delivery = Math.floor(n / 2);
      const payload = payloads[delivery % payloads.length];
      expect(body).toBe(payload?.body);
      expect(headers).toMatchObject({ "idempotency-key": `test-${String(delivery)}`, ...payload?.headers });
    }
    expect(readFileSync(join(directory, "jmeter.jmx"), "utf8")).toContain("webhook-duplicate-storm");
  });
});

function runIdOf(n: number): string {
  return `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

test("a JMeter that is not there is named with how to get it", async () => {
  await expect(openJMeter("/nowhere")).rejects.toThrow(
    /JMeter is not installed.*jmeter\.apache\.org.*bench export jmeter/s,
  );
});

test("a row of the schedule is a request with its instant, its payload and its headers", () => {
  const payloads = [
    { body: "{}", headers: { "x-a": "1" } },
    { body: "[]", headers: { "x-b": "2" } },
  ];
  expect(jmeterSchedule(trace([0, 10.4, 20.6], 1_000), payloads, { header: "key", prefix: "p", repeats: 2 })).toEqual({
    headers: ["x-a", "x-b", "key"],
    text: "0\t0\t0\t1\t\tp-0\n1\t10\t0\t1\t\tp-0\n2\t21\t1\t\t2\tp-1\n",
    dueMs: [0, 10, 21],
  });
});

test("JMeter's results are read by the names of their columns, whatever their order and quoting", () => {
  const results = new JMeterResults([0, 100, 200, 300]);
  const at = 1_700_000_000_000;
  const lines = [
    'timeStamp,elapsed,label,responseCode,threadName,success,"n","dueAtMs","runId"',
    `${String(at + 101)},7,"web, ""hook""",202,senders 1-1,true,"1","${String(at + 100)}","${runIdOf(1)}"`,
    `${String(at + 2)},1,webhook,Non HTTP response code: java.net.ConnectException,s,false,"0","${String(at)}","${runIdOf(9)}"`,
    `${String(at + 200)},5000,webhook,Non HTTP response code: java.net.SocketTimeoutException,s,false,"2","${String(at + 200)}","none"\r`,
    "",
  ];
  expect(lines.map((line) => results.take(line))).toEqual([null, 202, Outcome.refused, Outcome.timeout, null]);
  const { load } = results.finish();
  expect(load.startedAtUs).toBe(at * 1_000);
  expect(load.requests[0]).toEqual({
    n: 1,
    intendedUs: (at + 100) * 1_000,
    sentUs: (at + 101) * 1_000,
    answeredUs: (at + 108) * 1_000,
    outcome: 202,
    runId: runIdOf(1),
  });
  expect(load.requests[1]).toMatchObject({ sentUs: null, runId: "" });
  expect(() => new JMeterResults([]).take("timeStamp,elapsed,responseCode")).toThrow(
    /no column "n", "dueAtMs", "runId"/,
  );
});
