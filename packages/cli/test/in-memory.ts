import { createMemoryStore, type Store } from "@meshhook/journal";
import { PlanCache, startRuntime, type RuntimeOptions } from "@meshhook/runtime";
import { startServer } from "@meshhook/server";
import { pino } from "pino";
import { onTestFinished } from "vitest";

import { ensureAdminKey } from "../src/start/admin-key.ts";

const ADMIN_KEY = "mh_replay-test-0123456789abcdef";

/**
 * A real server over a journal in memory.
 *
 * @param prepare  What is stored before the server starts.
 */
export async function startInMemory(
  prepare: (store: Store) => Promise<void> = () => Promise.resolve(),
  options: Pick<RuntimeOptions, "spans"> & Partial<Pick<RuntimeOptions, "egressAllow">> = {},
): Promise<{ readonly url: string; readonly key: string; readonly store: Store }> {
  const store = createMemoryStore();
  await prepare(store);
  const log = pino({ level: "error" });
  const plans = new PlanCache(store.catalog);
  await ensureAdminKey(store.catalog, { adminKey: ADMIN_KEY, dataDir: "." });
  const runtime = await startRuntime({
    journal: store.journal,
    catalog: store.catalog,
    plans,
    name: "test",
    egressAllow: [],
    ...options,
    log,
  });
  onTestFinished(() => runtime.drain(1_000));
  const server = await startServer({
    engine: runtime,
    journal: store.journal,
    catalog: store.catalog,
    jobs: store.jobs,
    vault: store.vault,
    audit: store.audit,
    answers: store.answers,
    monitor: store.monitor,
    statistics: store.statistics,
    alerts: store.alerts,
    people: store.people,
    plans,
    host: "127.0.0.1",
    port: 0,
    log,
    version: "test",
    secretKey: Buffer.alloc(32, 1),
    console: null,
    reports: null,
  });
  onTestFinished(() => server.close());
  return { url: server.url, key: ADMIN_KEY, store };
}
