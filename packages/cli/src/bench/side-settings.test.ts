import { expect, test } from "vitest";

import { sideSettings } from "./side-settings.ts";

const pair = (text: string) => ({ name: text.split("=")[0] ?? "", value: text.split("=")[1] ?? "" });

test("names in capitals are for MeshHook, others for PostgreSQL", () => {
  expect(
    sideSettings("--a-set", ["MESHHOOK_WRITERS=4", "UV_THREADPOOL_SIZE=2", "wal_compression=on"].map(pair), true),
  ).toEqual({
    meshhookEnv: { MESHHOOK_WRITERS: "4", UV_THREADPOOL_SIZE: "2" },
    postgresSettings: { wal_compression: "on" },
  });
});

test("every mistake is named: unknown settings, wrong values, and what the benchmark needs for itself", () => {
  const wrong = ["MESHHOOK_WRITERS=0", "MESHHOOK_BENCH_SEED=1", "PORT=1", "track_commit_timestamp=off", "load.rate!=1"];
  expect(sideSettings("--b-set", wrong.map(pair), true)).toEqual({
    mistakes: [
      '--b-set MESHHOOK_WRITERS: "0" is not an integer from 1 to 32.',
      "--b-set MESHHOOK_BENCH_SEED: MeshHook has no such setting. `meshhook start --help` lists all of them.",
      "--b-set PORT: The benchmark itself sets this. Leave it out.",
      "--b-set track_commit_timestamp: The benchmark itself sets this. Leave it out.",
      expect.stringContaining('"load.rate!" is neither an environment variable') as string,
    ],
  });
});

test("another version may have settings that this one does not know", () => {
  expect(sideSettings("--a-set", [pair("MESHHOOK_LATER=1")], false)).toEqual({
    meshhookEnv: { MESHHOOK_LATER: "1" },
    postgresSettings: {},
  });
});
