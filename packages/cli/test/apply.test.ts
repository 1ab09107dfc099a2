import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { expect, onTestFinished, test } from "vitest";

import { apply } from "../src/command/apply.ts";
import { resolveConfig } from "../src/config/resolve.ts";
import { CommandError } from "../src/exit-codes.ts";
import type { Output } from "../src/terminal/output.ts";
import { startInMemory } from "./in-memory.ts";

const SECRET = "canary-of-apply-1f2e3d4c";

test("`apply` sets up an endpoint's signature once, keeps its keys from then on, and warns where nothing is checked", async () => {
  const { url, key } = await startInMemory();
  const client = createClient({ url, key });
  const folder = await mkdtemp(join(tmpdir(), "meshhook-apply-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "workflow.json");
  const nodes = { hook: { type: "webhook@1", config: {} } };
  await writeFile(
    path,
    JSON.stringify({ apiVersion: "meshhook/v1", kind: "Workflow", slug: "paid", nodes, edges: [] }),
  );
  const settings = join(folder, "settings.json");
  await writeFile(settings, '{ "toleranceS": 60 }');

  const run = async (
    signature: string | null,
    secret?: string,
    signatureSettings: string | null = null,
    endpoint: string | null = null,
  ) => {
    const lines: string[] = [];
    const output: Output = {
      isClosed: false,
      failure: null,
      settled: () => Promise.resolve(),
      line: (text) => void lines.push(text),
    };
    const resolved = resolveConfig(
      {},
      {
        MESHHOOK_URL: url,
        MESHHOOK_API_KEY: key,
        ...(secret === undefined ? {} : { MESHHOOK_SIGNING_SECRET: secret }),
      },
    );
    if ("mistakes" in resolved) throw new Error(JSON.stringify(resolved.mistakes));
    await apply({ paths: [path], isDryRun: false, signature, signatureSettings, endpoint }, resolved.config, output);
    return lines.join("\n");
  };
  const stored = async () => (await client.listEndpoints()).items[0];

  expect(await run(null)).toMatch(/Signature {4}none\n {2}Warning {6}Signatures are not checked: anyone/);
  await expect(run("strype", SECRET)).rejects.toThrow(/"strype" is not one of none, github-sha256, stripe,/);
  await expect(run(null, SECRET, settings)).rejects.toThrow(CommandError);
  await expect(run("stripe")).rejects.toThrow(/has no secret/);
  const signed = await run("stripe", SECRET);
  expect(signed).toMatch(/Signature {4}stripe\n {2}Try it/);
  expect(signed).not.toContain(SECRET);
  const first = await stored();
  expect(first).toMatchObject({ signature: "stripe", signatureSettings: {} });
  const time = Math.floor(Date.now() / 1_000);
  const signature = `t=${time},v1=${createHmac("sha256", SECRET).update(`${time}.{}`).digest("hex")}`;
  const sent = await client.deliver(first?.token ?? "", "{}", { headers: { "stripe-signature": signature } });
  expect(sent.duplicate).toBe(false);

  await run("stripe", "another-secret");
  expect((await stored())?.signingKeys).toEqual(first?.signingKeys);
  await run("stripe", "another-secret", settings);
  expect(await stored()).toMatchObject({ signatureSettings: { toleranceS: 60 }, signingKeys: first?.signingKeys });
  await run(null);
  expect(await stored()).toMatchObject({ signature: "stripe", signatureSettings: { toleranceS: 60 } });

  const accepts = { methods: ["PUT"], alias: "paid", rateLimit: { requests: 5, perS: 1 } };
  const endpoint = join(folder, "endpoint.json");
  await writeFile(endpoint, JSON.stringify(accepts));
  await run(null, undefined, null, endpoint);
  expect(await stored()).toMatchObject({ ...accepts, signature: "stripe", signingKeys: first?.signingKeys });
  await writeFile(endpoint, '{ "secret": "canary" }');
  await expect(run(null, undefined, null, endpoint)).rejects.toThrow(/"secret" does not belong here/);
});
