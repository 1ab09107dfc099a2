import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { temporaryDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";

import { isAlive } from "./is-alive.ts";
import { createLauncher } from "./launcher.ts";

const START_MS_MAX = 120_000;

let directory: string;
let database: TemporaryDatabase;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-launcher-"));
  database = await temporaryDatabase();
}, START_MS_MAX);

afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

/** As in proc(5): `T` is stopped. */
async function stateOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/stat`, "latin1")).replace(/^.*\) /s, "").slice(0, 1);
}

test(
  "a MeshHook of several processes stands still, goes on and is killed as a whole",
  async () => {
    const launcher = await createLauncher({ dataDir: directory, logFile: join(directory, "meshhook.log") });
    const meshhook = await launcher.startMeshHook({
      databaseUrl: database.url,
      port: await freePort(),
      env: { MESHHOOK_PROCESSES: "2" },
    });
    try {
      // Each of them listens by now: half of the connections are those of the second.
      expect(await childrenOf(meshhook.pid)).toHaveLength(2);
      const metrics = await fetch(`${meshhook.url}/metrics`, {
        headers: { authorization: `Bearer ${meshhook.adminKey}` },
      });
      expect(await metrics.text()).toMatch(/process="1"[\s\S]*process="2"/);
      const all = [meshhook.pid, ...(await childrenOf(meshhook.pid))];
      const states = () => Promise.all(all.map(stateOf));
      meshhook.kill("SIGSTOP");
      await expect.poll(states).toEqual(["T", "T", "T"]);
      meshhook.kill("SIGCONT");
      await expect.poll(states).not.toContain("T");
      meshhook.kill("SIGKILL");
      await meshhook.exited;
      await expect.poll(() => all.filter(isAlive)).toEqual([]);
      // By now its number may be another's.
      meshhook.kill("SIGKILL");
    } finally {
      await launcher.endNow();
    }
  },
  START_MS_MAX,
);
