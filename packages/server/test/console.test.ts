import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Sessions } from "../src/sessions.ts";
import { publish, pureDefinition, SECRET_KEY, startHarness, type Harness } from "./harness.ts";

const INLINE = "\n  start({ base: '' });\n";
const SHELL = `<!doctype html><head><script src="/theme.js"></script></head><body><script>${INLINE}</script></body>`;
const HASHED = "console.log('hashed');".repeat(50);

let folder: string;
let harness: Harness;
let runId: string;
let cookie: string;
let strangersCookie: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-console-"));
  await buildConsole(join(folder, "build"), SHELL);
  harness = await startHarness({ console: { directory: join(folder, "build") } });
  runId = (await harness.client.deliver((await publish(harness.client, pureDefinition())).token, {})).runId;
  const stranger = await harness.client.createProject({ body: { slug: "stranger", name: "Stranger" } });
  const strangers = await harness.client.createKey({
    body: { name: "theirs", scope: "write", projectId: stranger.id },
  });
  cookie = await signIn(harness.key);
  strangersCookie = await signIn(strangers.key);
});
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true, force: true });
});

async function buildConsole(directory: string, shell: string): Promise<void> {
  const immutable = join(directory, "_app", "immutable");
  await mkdir(immutable, { recursive: true });
  await writeFile(join(directory, "shell.html"), shell);
  await writeFile(join(directory, "shell.html.gz"), gzipSync(shell));
  await writeFile(join(directory, "theme.js"), "1;");
  await writeFile(join(directory, ".built-from"), "abc");
  await writeFile(join(immutable, "x.js"), HASHED);
  await writeFile(join(immutable, "x.js.br"), brotliCompressSync(HASHED));
  await writeFile(join(immutable, "x.js.gz"), gzipSync(HASHED));
}

async function signIn(key: string): Promise<string> {
  const response = await fetch(`${harness.url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key }),
  });
  return response.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const get = (path: string, headers: Record<string, string> = HTML): Promise<Response> =>
  fetch(harness.url + path, { headers });

/** The path unchanged: `fetch` would normalize it. */
function statusOf(path: string, headers: Record<string, string> = {}): Promise<number> {
  const { hostname, port } = new URL(harness.url);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

describe("a page", () => {
  it.each([
    "/",
    "/sign-in",
    "/workflows",
    "/workflows/new",
    "/runs",
    "/benchmarks",
    "/settings",
    "/runs?status=failed",
  ])("%s is the shell, fresh every time", async (path) => {
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([200, SHELL]);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const again = await get(path, { ...HTML, "if-none-match": response.headers.get("etag") ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("runs its own scripts and its inline script, and nothing else", async () => {
    const { headers } = await get("/");
    const hash = createHash("sha256").update(INLINE).digest("base64");
    expect(headers.get("content-security-policy")).toBe(
      `default-src 'none'; script-src 'self' 'sha256-${hash}'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("permissions-policy")).toContain("camera=()");
  });

  it("of a resource is found by a caller that may see the resource, and before signing in", async () => {
    for (const path of ["/workflows/pure", `/runs/${runId}`]) {
      const status = async (headers: Record<string, string>): Promise<number> =>
        (await get(path, { ...HTML, ...headers })).status;
      expect([path, await status({ cookie })]).toEqual([path, 200]);
      expect([path, await status({})]).toEqual([path, 200]);
      expect([path, await status({ cookie: `${new Sessions(SECRET_KEY).cookieName}=over` })]).toEqual([path, 200]);
      expect([path, await status({ cookie: strangersCookie })]).toEqual([path, 404]);
    }
  });

  it("of a missing resource is still the shell, with status 404", async () => {
    for (const path of [
      "/workflows/none",
      "/workflows/%00",
      "/runs/none",
      "/nowhere",
      "/runs/x/y",
      "/workflows/none/",
    ]) {
      const response = await get(path, { ...HTML, cookie });
      expect([path, response.status, await response.text()]).toEqual([path, 404, SHELL]);
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  it("answers HEAD as GET without the body", async () => {
    const response = await fetch(`${harness.url}/runs`, { method: "HEAD", headers: HTML });
    expect([response.status, response.headers.get("etag")]).toEqual([200, (await get("/runs")).headers.get("etag")]);
  });

  it("is not sent to a program: it gets JSON, and problems stay problems", async () => {
    const overview = { name: "MeshHook", console: "/", documentation: "/docs" };
    expect(await (await get("/", { accept: "*/*" })).json()).toMatchObject(overview);
    expect(await (await get("/api/v1")).json()).toMatchObject(overview);
    for (const [path, accept] of [
      ["/nowhere", "*/*"],
      ["/workflows", "application/json"],
      ["/api/v1/nothing", HTML.accept],
      ["/_app/immutable/gone.js", "*/*"],
    ] as const) {
      const response = await get(path, { accept });
      expect([path, response.status, (await response.json()) as object]).toMatchObject([
        path,
        404,
        { code: "not_found" },
      ]);
    }
    const posted = await fetch(`${harness.url}/nowhere`, { method: "POST", headers: HTML });
    expect([posted.status, ((await posted.json()) as { code: string }).code]).toEqual([404, "not_found"]);
  });
});

describe("a file of the console", () => {
  it("with its hash in its name is cached forever, and sent in the smallest form that the browser accepts", async () => {
    for (const [accepted, encoding] of [
      ["br, gzip", "br"],
      ["gzip", "gzip"],
      ["identity", null],
    ] as const) {
      const response = await get("/_app/immutable/x.js", { accept: "*/*", "accept-encoding": accepted });
      expect([response.status, response.headers.get("content-encoding")]).toEqual([200, encoding]);
      expect(await response.text()).toBe(HASHED);
      expect(response.headers.get("content-type")).toContain("javascript");
      expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(response.headers.get("vary")?.toLowerCase()).toContain("accept-encoding");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  });

  it("without a hash in its name is revalidated every time", async () => {
    const response = await get("/theme.js");
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    expect(await statusOf("/theme.js", { "if-none-match": response.headers.get("etag") ?? "" })).toBe(304);
    expect(await statusOf("/theme.js", { "if-match": '"other"' })).toBe(412);
    expect(await statusOf("/theme.js", { range: "bytes=999999-" })).toBe(416);
  });

  it.each([
    "/shell.html",
    "/shell.html.gz/",
    "/.built-from",
    "/_app",
    "/_app/",
    "/_app/immutable/../../shell.html",
    "/../package.json",
    "/..%2fpackage.json",
    "/%2e%2e/package.json",
    "/_app/%2e%2e/%2e%2e/etc/passwd",
    "//etc/passwd",
    "/_app//immutable/x.js",
    "/_app/./immutable/x.js",
    "/_app\\immutable\\x.js",
    "/theme.js%00",
    "/theme.js%20",
    `/${"a".repeat(300)}`,
    `/${"a/".repeat(200)}`,
  ])("is not had by the path %s", async (path) => {
    const logged = harness.logged.length;
    expect(await statusOf(path)).toBe(404);
    expect(harness.logged.slice(logged).join("\n")).not.toContain("defect");
  });
});

it("a console that is rebuilt under a running server is served from the next page on", async () => {
  const next = `${SHELL}<!-- second build --><script>again()</script>`;
  await buildConsole(join(folder, "next"), next);
  await rename(join(folder, "build"), join(folder, "old"));
  // Between the two renames of a build there is no file, but the page is still served.
  expect(await (await get("/runs")).text()).toBe(SHELL);
  await rename(join(folder, "next"), join(folder, "build"));
  const response = await get("/runs");
  expect(await response.text()).toBe(next);
  const hash = createHash("sha256").update("again()").digest("base64");
  expect(response.headers.get("content-security-policy")).toContain(`'sha256-${hash}'`);
});

it("without a console every address belongs to the API, and the overview says why", async () => {
  const bare = await startHarness({ console: { absentBecause: "MESHHOOK_CONSOLE is off" } });
  const root = await fetch(bare.url, { headers: HTML });
  expect(await root.json()).toMatchObject({ console: null, consoleAbsentBecause: "MESHHOOK_CONSOLE is off" });
  const page = await fetch(`${bare.url}/runs`, { headers: HTML });
  expect([page.status, page.headers.get("content-type")]).toEqual([
    404,
    expect.stringContaining("application/problem+json"),
  ]);
  await bare.close();
});

it("a folder without a console is refused at the start, with its name", async () => {
  await expect(startHarness({ console: { directory: join(folder, "none") } })).rejects.toThrow(/none.shell\.html/);
});

it("while a console is being built, a page says so; once built, it is served", async () => {
  const later = join(folder, "later");
  let finish: (reason: string | null) => void = () => undefined;
  const built = new Promise<string | null>((resolve) => (finish = resolve));
  const waiting = await startHarness({ console: { directory: later, built } });
  try {
    const asked = { headers: { accept: "text/html" } };
    const page = await fetch(`${waiting.url}/runs`, asked);
    expect([page.status, page.headers.get("refresh")]).toEqual([503, "2"]);
    const text = await page.text();
    expect(text).toContain("Building the console…");
    // What can be used meanwhile is there, and the page's own style is allowed.
    expect(text).toContain('href="/docs"');
    expect((await fetch(`${waiting.url}/docs`)).status).toBe(200);
    const style = /<style>([^]*)<\/style>/.exec(text)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(page.headers.get("content-security-policy")).toContain(`style-src 'self' 'sha256-${hash}'`);
    expect(await (await fetch(`${waiting.url}/api/v1`)).json()).toMatchObject({
      console: null,
      consoleAbsentBecause: "it is being built",
    });

    await cp(join(folder, "build"), later, { recursive: true });
    finish(null);
    const opened = await fetch(`${waiting.url}/runs`, asked);
    expect([opened.status, opened.headers.get("refresh")]).toEqual([200, null]);
    expect(await (await fetch(`${waiting.url}/api/v1`)).json()).toMatchObject({ console: "/" });
    // A page that loads itself again every two seconds fills no log with failures.
    expect(waiting.logged.join("\n")).not.toContain("request failed");
  } finally {
    await waiting.close();
  }
});

it("a console whose build failed is absent, with the reason", async () => {
  const without = await startHarness({
    console: { directory: join(folder, "never"), built: Promise.resolve("vite build ended with 1") },
  });
  try {
    const root = await fetch(`${without.url}/`, { headers: { accept: "text/html" } });
    expect(await root.json()).toMatchObject({ console: null, consoleAbsentBecause: "vite build ended with 1" });
    expect((await fetch(`${without.url}/runs`, { headers: { accept: "text/html" } })).status).toBe(404);
  } finally {
    await without.close();
  }
});
