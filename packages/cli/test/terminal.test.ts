import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createClient } from "@meshhook/contract";
import { temporaryDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { runCli, startMeshHook, type RunningMeshHook } from "@meshhook/testkit/process";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const ADMIN_KEY = "mh_terminal-test-0123456789abcdef";
const HOSTILE = "a\u001b[31mRED\u001b]0;title\u0007\r\nsucceeded {}\u202e\u009b2J";
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;

let directory: string;
let database: TemporaryDatabase;
let meshhook: RunningMeshHook;
let environment: { readonly [variable: string]: string };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-terminal-"));
  database = await temporaryDatabase();
  meshhook = await startMeshHook({
    DATABASE_URL: database.url,
    MESHHOOK_DATA_DIR: join(directory, "data"),
    MESHHOOK_ADMIN_KEY: ADMIN_KEY,
    PORT: "0",
  });
  environment = { MESHHOOK_URL: meshhook.url, MESHHOOK_API_KEY: ADMIN_KEY };
});

afterAll(async () => {
  await meshhook?.end("SIGKILL");
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

async function workflowFile(slug: string, node: object): Promise<string> {
  const path = join(directory, `${slug}.json`);
  const nodes = { hook: { type: "webhook@1", config: {} }, end: { type: "terminate@1", config: node } };
  const document = { apiVersion: "meshhook/v1", kind: "Workflow", slug, nodes, edges: [{ from: "hook", to: "end" }] };
  await writeFile(path, JSON.stringify(document));
  return path;
}

test("a sender's text reaches the terminal of `run --follow` as text", async () => {
  const path = await workflowFile("hostile", { status: "failed", reason: "{{ input.m }}", output: { $jmes: "input" } });
  expect(await runCli(["apply", path], environment)).toMatchObject({ code: 0 });
  const payload = join(directory, "payload.json");
  await writeFile(payload, JSON.stringify({ m: HOSTILE }));
  const { code, stdout, stderr } = await runCli(["run", "hostile", "--payload", payload, "--follow"], environment);
  expect(code).toBe(5);
  expect(stdout).toContain("RED");
  expect(stdout + stderr).not.toMatch(OBEYED);
  // The payload's line break does not produce a line that looks like the end of another run.
  expect(stdout.split("\n").filter((line) => line.startsWith("succeeded"))).toEqual([]);
});

test.each([
  ["an endpoint that is named like that", ["run", HOSTILE]],
  ["a file that is named like that", ["apply", `./${HOSTILE.replaceAll("/", "")}`]],
  ["an option that is named like that", ["run", `--${HOSTILE}`]],
  ["a command that is named like that", [HOSTILE]],
  ["a header that is written like that", ["run", "x", "--header", HOSTILE]],
])("an error about %s shows it as text", async (_, args) => {
  const { code, stdout, stderr } = await runCli(args, environment);
  expect(code).toBe(2);
  expect(stdout + stderr).not.toMatch(OBEYED);
});

test("an error of the server, and what a setting holds, are shown as text", async () => {
  const listing = await runCli(["config"], { HOST: HOSTILE });
  expect(listing.stdout).toContain("RED");
  expect(listing.stdout).not.toMatch(OBEYED);
});

interface Piped {
  readonly code: number | null;
  readonly errors: string;
}

/** Runs a command whose reader takes the first line and goes away. */
async function intoHead(args: readonly string[]): Promise<Piped> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", ...environment },
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = (await once(child, "close")) as [number | null];
  return { code, errors };
}

test("a reader that goes away does not stop `apply` halfway, and is not an error", async () => {
  const paths = await Promise.all(
    Array.from({ length: 6 }, (_, index) => workflowFile(`piped-${index}`, { output: { ok: true } })),
  );
  expect(await intoHead(["apply", ...paths])).toEqual({ code: 0, errors: "" });
  const { items } = await createClient({ url: meshhook.url, key: ADMIN_KEY }).listWorkflows({ limit: 100 });
  expect(items.map(({ slug }) => slug)).toEqual(expect.arrayContaining(["piped-0", "piped-5"]));
  expect(await intoHead(["config"])).toEqual({ code: 0, errors: "" });
  expect(await intoHead(["--help"])).toEqual({ code: 0, errors: "" });
});

test("a full disk under the output is an error, and says so", async () => {
  const child = spawn("/bin/sh", ["-c", `"${process.execPath}" "${MAIN}" config > /dev/full`], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"] ?? "" },
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  expect([code, errors]).toEqual([1, expect.stringMatching(/^Error: Cannot write to standard output.*ENOSPC/)]);
});

test("a start whose log has lost its reader continues", async () => {
  const own = await temporaryDatabase();
  const child = spawn(process.execPath, [MAIN, "start"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      DATABASE_URL: own.url,
      MESHHOOK_DATA_DIR: join(directory, "piped"),
      MESHHOOK_ADMIN_KEY: ADMIN_KEY,
      MESHHOOK_CONSOLE: "off",
      MESHHOOK_LOG_LEVEL: "debug",
      PORT: "0",
    },
  });
  let shown = "";
  const ready = new Promise<string>((resolve) => {
    child.stderr.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
      const url = /is ready at (\S+)/.exec(shown)?.[1];
      if (url !== undefined && shown.includes("Ctrl-C")) resolve(url);
    });
  });
  child.stdout.resume();
  const exited = once(child, "exit");
  try {
    const url = await ready;
    child.stdout.destroy();
    child.stderr.destroy();
    for (let request = 0; request < 20; request += 1) expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill("SIGTERM");
    expect((await exited)[0]).toBe(0);
  } finally {
    child.kill("SIGKILL");
    await own.drop();
  }
});
