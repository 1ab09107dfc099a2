import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@meshhook/embedded";
import { startMeshHook } from "@meshhook/testkit/process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Peer } from "../src/peers/peer.ts";
import { formatPeers, renderPeersMarkdown } from "../src/peers/report.ts";
import type { PeersResult } from "../src/peers/result.ts";
import { runPeers } from "../src/peers/run-peers.ts";
import { peersResultIssues } from "../src/peers/schema.ts";
import type { SystemLauncher } from "../src/system/launcher.ts";

const KEY = "mh_0123456789abcdef0123456789abcdef";

const CAREFUL = new URL("./peer-engines/careful.ts", import.meta.url);

let directory: string;
let result: PeersResult;

/** PostgreSQL and MeshHook as the command line starts them. */
function launcherIn(folder: string): SystemLauncher {
  return {
    startDatabase: async () => {
      const server = await startEmbeddedPostgres({
        dataDir: join(folder, "postgres"),
        settings: { track_commit_timestamp: "on" },
      });
      return {
        url: server.url,
        pid: server.pid,
        dataDir: server.dataDir,
        stopHard: () => server.stop("immediate"),
        startAgain: () => Promise.reject(new Error("Not needed here.")),
        stop: () => server.stop("fast"),
      };
    },
    startMeshHook: async ({ databaseUrl, port, env }) => {
      const running = await startMeshHook({
        ...env,
        DATABASE_URL: databaseUrl,
        PORT: String(port),
        MESHHOOK_ADMIN_KEY: KEY,
        MESHHOOK_DATA_DIR: join(folder, "meshhook"),
        MESHHOOK_EGRESS_ALLOW: "127.0.0.0/8",
        MESHHOOK_SAMPLE: "off",
      });
      const exited = Promise.withResolvers<number | null>();
      return {
        pid: running.pid,
        url: running.url,
        adminKey: KEY,
        exited: exited.promise,
        kill: (signal) => {
          if (signal === "SIGTERM" || signal === "SIGKILL") void running.end(signal).then(exited.resolve);
        },
      };
    },
    endNow: () => Promise.resolve(),
  };
}

function peer(name: string, engine: URL, program: string | null = null): Peer {
  return {
    name,
    title: name,
    packages: {},
    program,
    durability: "a row",
    isOnPostgres: true,
    end: "a column",
    settings: [{ name: "pool", value: "4", reason: "It is a test.", source: "peers.test.ts" }],
    engine,
  };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-peers-"));
  result = await runPeers(
    {
      peers: [
        peer("careful", CAREFUL),
        peer("careless", new URL("./peer-engines/careless.ts", import.meta.url)),
        peer("broken", new URL("./peer-engines/broken.ts", import.meta.url)),
        peer("elsewhere", CAREFUL, "no-such-program"),
      ],
      workflows: ["one-call"],
      plan: { rounds: 1, warmUpMs: 0, ratePerSecond: 100, nominalMs: 300, senders: 4, saturatedMs: 300 },
      cache: join(directory, "cache"),
      seed: 1,
      command: "npm run bench -- peers",
      meshhookVersion: "0.1.0",
      commit: null,
    },
    launcherIn(directory),
    () => undefined,
  );
});

afterAll(() => rm(directory, { recursive: true }));

test("MeshHook and a careful peer have figures from the same load, and a ratio between them", () => {
  for (const name of ["meshhook", "careful"]) {
    const { audit, figures } = result.comparisons.find(({ contestant }) => contestant === name)!;
    expect(audit).toMatchObject({ isClean: true, lost: 0, doubled: 0, phantom: 0, effectsMissing: 0, effectsWrong: 0 });
    expect(audit.accepted).toBeGreaterThan(30);
    expect(audit.effects).toBe(audit.accepted);
    for (const figure of ["runsPerSecond", "ackP50Ms", "cpuSecondsPer1000", "walBytesPerRun"] as const)
      expect(figures[figure]!.median, `${name} ${figure}`).toBeGreaterThan(0);
    // 30 webhooks carry no 99th percentile.
    expect(figures.ackP99Ms).toBeNull();
  }
  const ratio = result.comparisons.find(({ contestant }) => contestant === "careful")!.ratios.walBytesPerRun;
  expect(ratio).toMatchObject({ low: null, high: null, rounds: 1 });
  expect(ratio!.estimate).toBeGreaterThan(0);
});

test("a peer that loses and doubles runs has an audit that says so, and no figure whatever", () => {
  const { audit, figures, ratios, withheld } = result.comparisons.find(({ contestant }) => contestant === "careless")!;
  const tenth = Math.floor(audit.accepted / 10);
  expect(audit.lost).toBe(tenth);
  expect(audit.doubled).toBeGreaterThan(0);
  expect(audit.effectsDoubled).toBeGreaterThan(0);
  expect(withheld).toContain(`${String(tenth)} lost`);
  expect([...Object.values(figures), ...Object.values(ratios)].every((figure) => figure === null)).toBe(true);
});

test("a peer that fails or cannot be installed is named with the reason", () => {
  expect(result.notTried).toEqual([
    { name: "elsewhere", reason: "no-such-program is not installed. Install it with the system's package manager." },
    { name: "broken", reason: "It failed in round 1, workflow one-call: Its schema needs PostgreSQL 99." },
  ]);
});

test("the result matches its schema, and both tables say what it holds", () => {
  expect(peersResultIssues(JSON.parse(JSON.stringify(result)))).toEqual([]);
  expect(peersResultIssues({ ...result, rounds: [{}] })).not.toEqual([]);
  const [terminal, markdown] = [formatPeers(result), renderPeersMarkdown(result)];
  for (const text of [terminal, markdown]) {
    for (const word of ["MeshHook", "careful", "careless", "The audit is not clean", "PostgreSQL 99"])
      expect(text).toContain(word);
  }
  expect(markdown).toContain("| careful | pool | 4 | It is a test. | peers.test.ts |");
});

test("nothing is left behind but the server's own files", async () => {
  expect((await readdir(directory)).filter((name) => name.startsWith("peers_"))).toEqual([]);
});
