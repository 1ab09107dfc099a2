import { decodeFacts, type Fact } from "@meshhook/core";
import { expect, it } from "vitest";

import { start, status, target, type Bench } from "./bench.ts";
import { call, definitionOf, until } from "./harness.ts";
import { answerJson } from "./target.ts";

const CANARY = "ada@example.com";

async function answerOf(bench: Bench, node: ReturnType<typeof call>): Promise<Fact | undefined> {
  const runId = await bench.accept(await bench.publish(definitionOf({ send: node })));
  await until("the run has ended", async () => (await status(bench.store, runId)) !== null);
  return (await bench.store.journal.readRun(runId)).flatMap(({ facts }) => decodeFacts(facts)).at(-1);
}

it("answers are redacted before they become facts, by the rules that say so", async () => {
  const asked = await target((_call, response) => {
    response.setHeader("x-contact", CANARY);
    answerJson(response, 200, { mail: `to ${CANARY}`, id: 7, name: "Ada" });
  });
  const bench = await start({ allow: [asked.host] });
  const [project] = await bench.store.catalog.listProjects();
  const redaction = [
    { name: "mail", patterns: ["email"], answers: true },
    { name: "name", paths: ["name"] },
  ] as const;
  await bench.store.catalog.updateProject(project?.id ?? "", { redaction });
  await bench.runtime.readAdmissionRules();
  expect(await answerOf(bench, call(asked.url))).toMatchObject({
    kind: "response",
    headers: { "x-contact": "[redacted]" },
    body: { mail: "to [redacted]", id: 7, name: "Ada" },
  });
});

it("an answer that cannot be redacted is not stored", async () => {
  const asked = await target((_call, response) =>
    answerJson(
      response,
      200,
      Array.from({ length: 50_001 }, () => 1),
    ),
  );
  const bench = await start({ allow: [asked.host] });
  const [project] = await bench.store.catalog.listProjects();
  await bench.store.catalog.updateProject(project?.id ?? "", {
    redaction: [{ name: "all", paths: ["[*]"], answers: true }],
  });
  await bench.runtime.readAdmissionRules();
  expect(await answerOf(bench, call(asked.url))).toMatchObject({
    kind: "failure",
    code: "response_too_large",
    message: expect.stringContaining("cannot be redacted") as unknown,
  });
});
