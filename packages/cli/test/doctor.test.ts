import { createClient } from "@meshhook/contract";
import { definitionHash, formatRunId, parseDefinition, SEMANTICS } from "@meshhook/core";
import type { Store } from "@meshhook/journal";
import { runCli } from "@meshhook/testkit/process";
import { expect, test } from "vitest";

import { exampleText } from "./example.ts";
import { startInMemory } from "./in-memory.ts";

/** A process of a newer version accepts a webhook and ends. */
async function leaveRun({ catalog, journal }: Store): Promise<string> {
  const text = await exampleText("order-gate/workflow.json");
  const read = parseDefinition(text, "json");
  if ("issues" in read) throw new Error(JSON.stringify(read.issues));
  // The first project is that of the admin key.
  const { id: projectId } = await catalog.createProject({ slug: "default", name: "Default" });
  const draft = await catalog.saveDraft({ projectId, slug: "order-gate", name: "Orders", definition: text });
  if (draft === "conflict") throw new Error("a fresh catalog reports a conflict");
  const { id: workflowId } = draft;
  const hash = definitionHash(read.definition);
  const { id: versionId } = await catalog.publishVersion({ projectId, workflowId, hash, definition: text });
  const token = await journal.join("newer");
  await journal.claimShards(token, 64);
  const at = Date.now() * 1_000;
  const facts = `[{"kind":"delivery","at":${at},"semantics":${SEMANTICS + 1},"headers":{},"query":{},"body":null}]`;
  const runId = formatRunId(Math.floor(at / 1_000), 1, 0, "0123456789abc");
  await journal.append(token, [{ shard: 0, runId, seq: 0, at, projectId, workflowId, versionId, status: null, facts }]);
  await journal.leave(token);
  return runId;
}

test("`doctor` shows each component with what to do, as a document for programs too, and looks at the mail server", async () => {
  const { url, key } = await startInMemory();
  const access = { MESHHOOK_URL: url, MESHHOOK_API_KEY: key };
  const well = await runCli(["doctor", "--json"], access);
  const found = JSON.parse(well.stdout) as { status: string; checks: { name: string; status: string }[] };
  expect([well.code, found.status]).toEqual([0, "ok"]);
  expect(found.checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["database", "shards", "storage", "clock", "alerts", "runs"]),
  );
  const ill = await runCli(["doctor"], {
    ...access,
    MESHHOOK_SMTP_URL: "smtp://user:canary@127.0.0.1:1",
    MESHHOOK_TLS_CERT_FILE: "absent.pem",
    MESHHOOK_TLS_KEY_FILE: "absent.pem",
  });
  expect(ill.code).toBe(1);
  expect(ill.stdout).toContain("degraded  mail: The mail server does not take mail");
  expect(ill.stdout).toContain("degraded  tls: absent.pem cannot be read");
  expect(ill.stdout).not.toContain("canary");
});

test("runs of a newer version are counted by `doctor`, and named by the API and by a trial", async () => {
  let runId = "";
  const { url, key } = await startInMemory(async (store) => {
    runId = await leaveRun(store);
  });
  const { code, stdout } = await runCli(["doctor"], { MESHHOOK_URL: url, MESHHOOK_API_KEY: key });
  expect(code).toBe(1);
  expect(stdout).toContain(` knows engine semantics 1 to ${SEMANTICS}.\n`);
  expect(stdout).toContain(
    `degraded  runs: Semantics ${SEMANTICS + 1}: 1 run has not ended: set aside until a newer version of MeshHook takes over.\n`,
  );
  const client = createClient({ url, key });
  await expect(client.getRun({ runId })).rejects.toMatchObject({
    status: 409,
    code: "run_of_newer_version",
    message: expect.stringContaining("Use the version that started the run, or a newer one"),
  });
  expect(await client.tryWorkflow({ workflow: "order-gate" })).toMatchObject({
    unreadable: 1,
    runs: [{ runId, verdict: "unreadable", problem: expect.stringContaining("engine semantics") }],
  });
});
