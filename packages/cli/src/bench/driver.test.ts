import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { openDriverFor, refuseDriverFor } from "./driver.ts";
import { selectOrRefuse } from "./select.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-driver-"));
  for (const [name, script] of [
    ["k6", "echo 'k6 v2.3.0 (go1.25, linux/amd64)'"],
    ["jmeter", "exit 1"],
  ] as const)
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
});

afterAll(() => rm(folder, { recursive: true }));

const scenarios = (...what: readonly string[]) =>
  selectOrRefuse({ what, duration: null, rate: null, overrides: [] }).scenarios;

test("an installed driver is used in its version, and the built-in generator needs none", async () => {
  expect(await openDriverFor("k6", scenarios("webhook-ack-nominal"), folder)).toMatchObject({
    name: "k6",
    version: "2.3.0",
  });
  expect(await openDriverFor("builtin", scenarios("quick"), "/nowhere")).toBeNull();
});

test("every scenario whose load a driver cannot send is named before anything starts", async () => {
  const opening = openDriverFor("k6", scenarios("dag-pure-saturation", "webhook-ack-poisson", "webhook-burst"), folder);
  await expect(opening).rejects.toMatchObject({
    exit: "badInput",
    message: expect.stringMatching(
      /nothing was started:\n {2}dag-pure-saturation is a saturating load.*\n {2}webhook-ack-poisson: k6 spaces requests evenly.*$/,
    ) as string,
  });
});

test("a driver that is missing or does not start is bad input, with what to do", async () => {
  await expect(openDriverFor("k6", scenarios("webhook-burst"), "/nowhere")).rejects.toMatchObject({
    exit: "badInput",
    message: expect.stringMatching(/^k6 is not installed.*Nothing was started\.$/) as string,
  });
  await expect(openDriverFor("jmeter", scenarios("webhook-burst"), folder)).rejects.toThrow(
    `${join(folder, "jmeter")} does not start`,
  );
});

test("only the built-in generator sends to another MeshHook", () => {
  expect(() => refuseDriverFor("k6")).toThrow(/--driver k6 cannot be used with --target.*bench export k6/);
  expect(() => refuseDriverFor("builtin")).not.toThrow();
});
