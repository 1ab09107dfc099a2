import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createServer as createHttpServer } from "node:http";
import { runCli } from "@meshhook/testkit/process";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

const KEY = { MESHHOOK_API_KEY: "mh_wrong-input-test-0123456789" };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-wrong-input-"));
  await mkdir(join(directory, "folder"));
  await writeFile(join(directory, "file"), "");
  await writeFile(join(directory, "latin.json"), Buffer.from('{"name":"caf\u00e9"}', "latin1"));
  await writeFile(join(directory, "utf16.json"), Buffer.from("\ufeff{}", "utf16le"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

test.each([
  ["PORT", { PORT: "abc" }, /PORT: "abc" is not an integer from 0 to 65535/],
  ["PORT out of range", { PORT: "70000" }, /PORT: "70000" is not an integer/],
  ["HOST", { HOST: "nowhere.invalid", PORT: "0" }, /Cannot listen on nowhere\.invalid.*HOST and PORT/],
  ["DATABASE_URL", { DATABASE_URL: "garbage" }, /DATABASE_URL: "\(hidden\)" is not a URL that starts with postgres:/],
  [
    "DATABASE_URL with a port that cannot be",
    { DATABASE_URL: "postgres://u:secret-word@h:99999/d" },
    /DATABASE_URL: "\(hidden\)" is not a complete URL, such as postgres:\/\/user:password@host:port\/name/,
  ],
  [
    "MESHHOOK_SECRET_KEY",
    { MESHHOOK_SECRET_KEY: "short" },
    /MESHHOOK_SECRET_KEY: "\(hidden\)" is not 32 bytes in base64/,
  ],
  [
    "a data directory that is a file",
    { MESHHOOK_DATA_DIR: "file", PORT: "0" },
    /Cannot write .*file.*MESHHOOK_DATA_DIR/,
  ],
  [
    "MESHHOOK_REALTIME_URL without a key",
    { MESHHOOK_REALTIME_URL: "https://example.supabase.co/realtime/v1", PORT: "0" },
    /MESHHOOK_REALTIME_URL is set and MESHHOOK_REALTIME_KEY is not\. Set both/,
  ],
  // Node's mkdir with `recursive` never returns there.
  ["a data directory below /proc", { MESHHOOK_DATA_DIR: "/proc/meshhook", PORT: "0" }, /Cannot write \/proc\/meshhook/],
])("`start` names what is wrong with %s, and what to do", async (_, given, message) => {
  const environment = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value === "file" ? join(directory, value) : value]),
  );
  const { code, stderr } = await runCli(["start"], environment);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain("secret-word");
});

test.each([
  [
    "a file that does not exist",
    "nothing.json",
    /nothing\.json: Cannot read the file: ENOENT: no such file or directory$/m,
  ],
  ["a folder", "folder", /folder: Cannot read the file: EISDIR/],
  [
    "a file in another encoding",
    "latin.json",
    /latin\.json: Cannot read the file: it is not encoded in UTF-8\. Save it as UTF-8/,
  ],
  ["a file in UTF-16", "utf16.json", /utf16\.json: Cannot read the file: it is encoded in UTF-16, not UTF-8/],
])("`apply` names %s", async (_, name, message) => {
  const { code, stderr } = await runCli(["apply", join(directory, name)], KEY);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

test("`run` lists at most ten endpoints when the name is unknown, the most similar first", async () => {
  const items = Array.from({ length: 300 }, (_, at) => ({
    token: `t${at}`,
    id: `i${at}`,
    name: `endpoint-${at}`,
    workflowId: "w",
  }));
  const server = createHttpServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url?.startsWith("/api/v1/endpoints") === true) response.end(JSON.stringify({ items }));
    else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await runCli(["run", "POINT-29"], { ...KEY, MESHHOOK_URL: `http://127.0.0.1:${port}` });
  expect(code).toBe(2);
  expect(stderr).toContain(
    `"POINT-29" is neither an endpoint nor a workflow with an endpoint. Endpoints: endpoint-29, endpoint-290, endpoint-291, endpoint-292, endpoint-293, endpoint-294, endpoint-295, endpoint-296, endpoint-297, endpoint-298 and 290 more; the console and GET /api/v1/endpoints list them all.`,
  );
  server.close();
});

test("`run` sends a payload's bytes unchanged", async () => {
  const received: Buffer[] = [];
  const server = createHttpServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.method === "GET") {
      response.end(JSON.stringify({ items: [{ token: "t", id: "i", name: "n" }] }));
      return;
    }
    request.on("data", (chunk: Buffer) => received.push(chunk));
    request.on("end", () => response.writeHead(202).end(JSON.stringify({ runId: "r", duplicate: false })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const path = join(directory, "latin.json");
  const outcome = await runCli(["run", "t", "--payload", path], { ...KEY, MESHHOOK_URL: `http://127.0.0.1:${port}` });
  server.close();
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(Buffer.concat(received)).toEqual(Buffer.from('{"name":"caf\u00e9"}', "latin1"));
});

test.each([
  ["bench", ["bench", "--set", "one", "--set", "A=1", "--set", "=two"], ['--set "one"', '--set "=two"'], '--set "A=1"'],
  ["run", ["run", "x", "--header", "one", "--header", "a: b", "--header", "two"], ['"one"', '"two"'], '"a: b"'],
])("`%s` names every value that is wrong of an option that can be repeated", async (_, args, wrong, right) => {
  const { code, stderr } = await runCli(args, KEY);
  expect(code).toBe(2);
  for (const text of wrong) expect(stderr).toContain(text);
  expect(stderr).not.toContain(right);
});

test("a server that does not answer is named with its address", async () => {
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const { code, stderr } = await runCli(["run", "x"], { ...KEY, MESHHOOK_URL: `http://127.0.0.1:${port}` });
  expect([code, stderr]).toEqual([3, expect.stringMatching(`MeshHook does not answer at http://127.0.0.1:${port}`)]);
});
