import { decodeFacts, encodeFacts, type Fact } from "@meshhook/core";
import {
  JournalUnavailable,
  type AppendOutcome,
  type Catalog,
  type ClaimedShard,
  type DueTimer,
  type Journal,
  type OwnerHints,
  type OwnerToken,
  type SegmentRow,
  type StoredRun,
  type StoredSegment,
  type StoredSignal,
  type Watermark,
} from "@meshhook/journal";
import type { SeededRandom } from "@meshhook/testkit";

import type { PlantedBug } from "./bugs.ts";
import type { Epochs, SimulatedDatabase } from "./database.ts";
import type { Dice } from "./dice.ts";
import type { Incarnation } from "./incarnation.ts";
import type { Timeline } from "./timeline.ts";

/** How the network between a process and the database is now. */
export interface Network {
  readonly isDown: boolean;
  /** How many times as long as usual everything takes. */
  readonly slowness: number;
  /** The share of answers that go wrong, from 0 to 1. */
  readonly badness: number;
}

export interface LinkOptions {
  readonly timeline: Timeline;
  readonly database: SimulatedDatabase;
  readonly incarnation: Incarnation;
  readonly dice: Dice;
  /** Of this process's life. */
  readonly name: string;
  readonly network: () => Network;
  readonly note: (text: string) => void;
  readonly bug: PlantedBug | null;
}

/** An operation is given up after this time without a connection. */
const RETRY_MS = 2_000;
/** An append whose answer is lost is resolved within this time, or reported as unknown. */
const RESOLVE_MS = 10_000;
const HINTS_LOST = 0.2;

/**
 * The journal as one process sees it: over a network that takes its time, with a database that sometimes cannot be reached, that commits
 * what it never answers, and whose late commits come after the process has given up on them.
 *
 * It keeps the promises of `Journal`: what it reports is certain, and what is not it reports as unknown.
 */
export class Link {
  readonly journal: Journal;
  readonly catalog: Catalog;
  /** The process's latest. */
  token: OwnerToken | null = null;
  readonly #options: LinkOptions;
  readonly #counts = new Map<string, number>();
  readonly #epochs = new Map<number, number>();
  readonly #signalsRead = new Map<number, string>();

  constructor(options: LinkOptions) {
    this.#options = options;
    const own: Partial<Journal> = {
      append: (token, rows) => this.#append(token, rows),
      join: (name, hints) => this.#join(name, hints ?? {}),
      claimShards: (token, limit) => this.#claimShards(token, limit),
      releaseShards: (token, shards) => this.#ask("release", () => options.database.releaseShards(token, shards)),
      leave: (token) => this.#ask("leave", () => options.database.leave(token)),
      sendDelivery: (row) => {
        options.note(`${options.name}: hands a delivery over`);
        return this.#ask("sendDelivery", () => options.database.sendDelivery(row));
      },
      storeWatermarks: (token, watermarks) =>
        this.#ask("watermarks", () => options.database.storeWatermarks(token, this.#spoiltWatermarks(watermarks))),
      readRun: async (runId, query) => this.#spoiltSegments(await this.#askJournal("readRun", [runId, query])),
      loadUnfinished: async (query) => this.#spoiltRuns(await this.#askJournal("loadUnfinished", [query])),
      loadTimers: async (query) => this.#spoiltTimers(await this.#askJournal("loadTimers", [query]), query.limit),
      readSignals: async (cursors, limit) => this.#noteSignals(await this.#askJournal("readSignals", [cursors, limit])),
      close: () => Promise.resolve(),
    };
    this.journal = new Proxy(options.database.store.journal, {
      get: (_journal, name: keyof Journal) =>
        own[name] ??
        (typeof options.database.store.journal[name] === "function"
          ? (...given: unknown[]) => this.#askJournal(name, given)
          : undefined),
    });
    const { catalog } = options.database.store;
    this.catalog = new Proxy(catalog, {
      get:
        (_catalog, name: keyof Catalog) =>
        (...given: unknown[]) =>
          this.#ask(name, () => {
            const work = catalog[name] as (...given: unknown[]) => Promise<unknown>;
            return Reflect.apply(work, catalog, given);
          }),
    });
  }

  #askJournal<T>(name: keyof Journal, given: readonly unknown[]): Promise<T> {
    const { journal } = this.#options.database.store;
    return this.#ask(name, () => Reflect.apply(journal[name] as (...given: unknown[]) => Promise<T>, journal, given));
  }

  #roll(what: string): SeededRandom {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    return this.#options.dice.of(`${this.#options.name} ${what} ${count}`);
  }

  /** One way through the network; most are short. */
  #travelMs(random: SeededRandom): number {
    const share = random.next();
    return (0.1 + 3 * share ** 4) * this.#options.network().slowness;
  }

  /** Sends a statement to the database, and its answer back. */
  #ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { incarnation, network, timeline } = this.#options;
    const { badness } = network();
    const random = this.#roll(what);
    return new Promise((resolve, reject) => {
      const fail = (afterMs: number, mayHaveCommitted: boolean): void => {
        timeline.in(afterMs, () =>
          incarnation.enter(() =>
            reject(new JournalUnavailable(`${what}: the simulated database did not answer`, { mayHaveCommitted })),
          ),
        );
      };
      timeline.in(this.#travelMs(random), () => {
        if (network().isDown || random.next() < badness / 2) return fail(RETRY_MS * random.next(), false);
        void work().then(
          (answer) => {
            const isLost = random.next() < badness / 2;
            timeline.in(this.#travelMs(random), () => {
              if (isLost || network().isDown) fail(RETRY_MS * random.next(), true);
              else incarnation.enter(() => resolve(answer));
            });
          },
          (error: unknown) => {
            timeline.in(this.#travelMs(random), () =>
              incarnation.enter(() => reject(error instanceof Error ? error : new Error(String(error)))),
            );
          },
        );
      });
    });
  }

  // Appends --------------------------------------------------------------------------------------------------------------

  #append(token: OwnerToken, rows: readonly SegmentRow[]): Promise<readonly AppendOutcome[]> {
    const { database, incarnation, network, note, timeline } = this.#options;
    const { badness } = network();
    const random = this.#roll("append");
    const epochs: Epochs = new Map(this.#epochs);
    const send = (): Promise<readonly AppendOutcome[]> => database.append(token, rows, epochs);
    return new Promise((resolve, reject) => {
      const answer = (outcomes: readonly AppendOutcome[]): void => {
        for (const [at, { kind }] of outcomes.entries())
          if (kind !== "appended")
            note(`${this.#options.name}: segment ${rows[at]?.seq} of ${rows[at]?.runId}: ${kind}`);
        incarnation.enter(() => resolve(outcomes));
      };
      const fail = (afterMs: number, mayHaveCommitted: boolean): void => {
        note(`${this.#options.name}: append ${mayHaveCommitted ? "unknown" : "not sent"}`);
        timeline.in(afterMs, () =>
          incarnation.enter(() =>
            reject(new JournalUnavailable("append: the simulated database did not answer", { mayHaveCommitted })),
          ),
        );
      };
      if (this.#isTooEarly(rows)) timeline.in(0, () => answer(rows.map(() => ({ kind: "appended" }))));
      timeline.in(this.#travelMs(random), () => {
        const isStuck = random.next() < badness / 4;
        if (isStuck || (network().isDown && random.next() < 0.5)) {
          // Still on its way when its sender gives up; it is committed later, unless the fence has changed.
          timeline.in(500 + random.next() * 2 * RESOLVE_MS, () => void send());
          return fail(RESOLVE_MS, true);
        }
        if (network().isDown || random.next() < badness / 4) return fail(RETRY_MS * random.next(), false);
        void send().then((outcomes) => {
          const isLost = random.next() < badness / 2;
          timeline.in(this.#travelMs(random), () => {
            if (!isLost && !network().isDown) return answer(outcomes);
            // Its sender looks what became of it as soon as it has a connection again.
            const pauseMs = 50 + random.next() * RESOLVE_MS;
            timeline.in(pauseMs, () => {
              if (network().isDown) return fail(Math.max(0, RESOLVE_MS - pauseMs), true);
              void this.#resolve(token, rows, epochs).then(answer);
            });
          });
        });
      });
    });
  }

  /** Sends the same rows again: those that were stored are found. */
  #resolve(token: OwnerToken, rows: readonly SegmentRow[], epochs: Epochs): Promise<readonly AppendOutcome[]> {
    const isSpoilt = this.#options.bug === "fact-twice";
    return this.#options.database.append(
      token,
      isSpoilt ? rows.map((row) => ({ ...row, seq: row.seq + 1 })) : rows,
      epochs,
    );
  }

  // Ownership ------------------------------------------------------------------------------------------------------------

  async #join(name: string, { onOwners, onSignal }: OwnerHints): Promise<OwnerToken> {
    const { database } = this.#options;
    const hear = (hint: (() => void) | undefined): void => {
      const { incarnation, network, timeline } = this.#options;
      const random = this.#roll("hint");
      if (hint === undefined || random.next() < HINTS_LOST) return;
      timeline.in(this.#travelMs(random), () => {
        if (!network().isDown) incarnation.enter(hint);
      });
    };
    this.token = null;
    const token = await this.#ask("join", () =>
      database.store.journal.join(name, {
        onOwners: () => hear(onOwners),
        onSignal: (shard) => hear(onSignal && (() => onSignal(shard))),
      }),
    );
    this.token = token;
    return token;
  }

  async #claimShards(token: OwnerToken, limit: number): Promise<readonly ClaimedShard[]> {
    const claimed = await this.#ask("claim", () => this.#options.database.claimShards(token, limit));
    for (const { shard, epoch } of claimed) this.#epochs.set(shard, epoch);
    if (claimed.length > 0)
      this.#options.note(`${this.#options.name}: has shards ${claimed.map(({ shard }) => shard).join(" ")}`);
    return claimed;
  }

  // Planted bugs ---------------------------------------------------------------------------------------------------------

  #isTooEarly(rows: readonly SegmentRow[]): boolean {
    const { bug } = this.#options;
    if (bug === "ack-before-commit") return rows.every(({ seq }) => seq === 0);
    return bug === "effect-before-durable" && rows.every(({ seq }) => seq > 0);
  }

  #spoiltWatermarks(watermarks: readonly Watermark[]): readonly Watermark[] {
    if (this.#options.bug !== "cursor-before-fact") return watermarks;
    return watermarks.map((watermark) => ({
      ...watermark,
      signalsAfter: this.#signalsRead.get(watermark.shard) ?? watermark.signalsAfter,
    }));
  }

  #noteSignals(signals: readonly StoredSignal[]): readonly StoredSignal[] {
    for (const { shard, id } of signals) this.#signalsRead.set(shard, id);
    return this.#options.bug === "signal-lost" ? signals.filter(({ kind }) => kind !== "signal") : signals;
  }

  #spoiltSegments(segments: readonly StoredSegment[]): readonly StoredSegment[] {
    const { bug } = this.#options;
    if (bug !== "intent-forgotten" && bug !== "hold-forgotten") return segments;
    return segments.map((segment) => ({ ...segment, facts: encodeFacts(spoilt(decodeFacts(segment.facts), bug)) }));
  }

  #spoiltRuns(runs: readonly StoredRun[]): readonly StoredRun[] {
    return runs.map(({ runId, segments }) => ({ runId, segments: this.#spoiltSegments(segments) }));
  }

  #spoiltTimers(timers: readonly DueTimer[], limit: number): readonly DueTimer[] {
    if (this.#options.bug === "parked-skipped" && limit > 1) return [];
    return timers.map(({ dueAt, run }) => ({
      dueAt,
      run: { runId: run.runId, segments: this.#spoiltSegments(run.segments) },
    }));
  }
}

function spoilt(facts: readonly Fact[], bug: "intent-forgotten" | "hold-forgotten"): readonly Fact[] {
  if (bug === "intent-forgotten") return facts.filter(({ kind }) => kind !== "intent");
  return facts.map((fact) => {
    if (fact.kind !== "delivery") return fact;
    const { held: _, ...delivery } = fact;
    return delivery;
  });
}
