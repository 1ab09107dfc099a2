import { statfs } from "node:fs/promises";

import { formatTime, type Health, type HealthComponent, type HealthStatus } from "@meshhook/contract";
import type { Alerts, Monitor } from "@meshhook/journal";
import type { Engine } from "@meshhook/runtime";

import {
  alertsFinding,
  type AlertTroubles,
  clockFinding,
  databaseFinding,
  type DatabaseAnswer,
  shardsFinding,
  storageFinding,
} from "./database-findings.ts";
import {
  appendsFinding,
  callsFinding,
  connectionsFinding,
  diskFinding,
  memoryFinding,
  streamsFinding,
  timersFinding,
} from "./process-findings.ts";
import { Reading, type Finding } from "./reading.ts";

export interface HealthSources {
  readonly engine: Engine;
  readonly monitor: Monitor;
  readonly alerts: Pick<Alerts, "countTroubles">;
  readonly version: string;
  /** Where an embedded database keeps its files. */
  readonly dataDirectory: string | null;
  /** This process in the list of all. */
  readonly processName: string | null;
}

type Name = HealthComponent["name"];

/** What does not answer within this time is shown as it was. */
const WAIT_MS = 120;
const RANK: { readonly [status in HealthStatus]: number } = { ok: 0, degraded: 1, down: 2 };

/** Finds out how each component is, and since when. Never waits for one that does not answer. */
export class HealthCheck {
  readonly #sources: HealthSources;
  readonly #database: Reading<DatabaseAnswer>;
  readonly #disk: Reading<{ readonly freeBytes: number; readonly bytes: number }> | null;
  readonly #alerts: Reading<AlertTroubles>;
  readonly #since = new Map<Name, { readonly status: HealthStatus; readonly at: number }>();

  constructor(sources: HealthSources) {
    this.#sources = sources;
    const { dataDirectory, monitor } = sources;
    this.#database = new Reading(async () => {
      const startedMs = performance.now();
      const state = await monitor.readDatabase();
      return { state, latencyMs: Math.round(performance.now() - startedMs), atMs: Date.now() };
    });
    this.#alerts = new Reading(() => sources.alerts.countTroubles());
    this.#disk =
      dataDirectory === null
        ? null
        : new Reading(async () => {
            const { bavail, blocks, bsize } = await statfs(dataDirectory);
            return { freeBytes: bavail * bsize, bytes: blocks * bsize };
          });
  }

  async check(): Promise<Required<Health>> {
    await Promise.all([this.#database.look(WAIT_MS), this.#alerts.look(WAIT_MS), this.#disk?.look(WAIT_MS)]);
    const { engine, monitor, processName, version } = this.#sources;
    const stats = engine.stats();
    const components: HealthComponent[] = [
      this.#read("database", this.#database, databaseFinding),
      this.#note("connections", connectionsFinding(monitor.pools), Date.now()),
      this.#read("shards", this.#database, (answer) => shardsFinding(answer, { isReady: engine.isReady, ...stats })),
      this.#note("appends", appendsFinding(stats), Date.now()),
      this.#note("calls", callsFinding(stats), Date.now()),
      this.#note("timers", timersFinding(stats), Date.now()),
      this.#note("streams", streamsFinding(stats), Date.now()),
      this.#read("storage", this.#database, storageFinding),
      this.#note("memory", memoryFinding(stats), Date.now()),
      this.#read("clock", this.#database, clockFinding),
      this.#read("alerts", this.#alerts, alertsFinding),
    ];
    if (this.#disk !== null)
      components.push(this.#read("disk", this.#disk, ({ bytes, freeBytes }) => diskFinding(freeBytes, bytes)));
    const worst = components.reduce(
      (found, { status }) => (RANK[status] > RANK[found] ? status : found),
      "ok" as HealthStatus,
    );
    return {
      status: worst,
      version,
      at: formatTime(Date.now() * 1_000),
      components,
      processes: (this.#database.last?.value.state.owners ?? []).map((owner) => ({
        name: owner.name,
        shards: owner.shards,
        joinedAt: formatTime(owner.joinedAt),
        heartbeatAt: formatTime(owner.heartbeatAt),
        isAnswering: owner.name === processName,
      })),
    };
  }

  /** A component that is asked. What cannot be reached is down; everything else about it is as it was found last. */
  #read<T>(name: Name, reading: Reading<T>, findingOf: (value: T) => Finding): HealthComponent {
    const { last, trouble } = reading;
    const known = last === null ? null : findingOf(last.value);
    if (trouble === null && known !== null) return this.#note(name, known, last?.at ?? null);
    const finding: Finding = {
      status: trouble === null ? "degraded" : "down",
      summary: `This is not known: ${trouble ?? "there is no answer yet"}.`,
      remedy:
        name === "disk"
          ? "Look at the data directory."
          : "Look at the database, and at the network between it and this process.",
      figures: known?.figures ?? {},
    };
    return this.#note(name, finding, last?.at ?? null);
  }

  #note(name: Name, finding: Finding, checkedAtMs: number | null): HealthComponent {
    let since = this.#since.get(name);
    if (since?.status !== finding.status) this.#since.set(name, (since = { status: finding.status, at: Date.now() }));
    return {
      name,
      status: finding.status,
      summary: finding.summary,
      remedy: finding.remedy,
      since: formatTime(since.at * 1_000),
      checkedAt: checkedAtMs === null ? null : formatTime(checkedAtMs * 1_000),
      figures: { ...finding.figures },
    };
  }
}
