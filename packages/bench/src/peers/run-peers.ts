import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { BENCH_APPLICATION } from "../database/connect.ts";
import { Child } from "../load/child/child.ts";
import { payloadsOf, payloadText, SMALL } from "../load/payload.ts";
import { Sink } from "../load/sink/sink.ts";
import { seededRandom } from "../stats/index.ts";
import { BenchInterrupted } from "../suite/suite.ts";
import { readEnvironment } from "../system/environment.ts";
import type { LaunchedDatabase, SystemLauncher } from "../system/launcher.ts";
import { compareRounds } from "./compare-rounds.ts";
import type { Contestant } from "./contestant.ts";
import type { PeerWorkflow } from "./host/workflow.ts";
import { installPeer } from "./install.ts";
import { measureRound } from "./measure-round.ts";
import { MESHHOOK, meshhookContestant } from "./meshhook-contestant.ts";
import { peerContestant } from "./peer-contestant.ts";
import type { Peer } from "./peer.ts";
import type { ContestantDescription, NotTried, PeersPlan, PeersResult, RoundFigures } from "./result.ts";

export interface PeersOptions {
  readonly peers: readonly Peer[];
  readonly workflows: readonly PeerWorkflow[];
  readonly plan: Omit<PeersPlan, "payload">;
  /** Where the peers' packages go. */
  readonly cache: string;
  readonly seed: number;
  readonly command: string;
  readonly meshhookVersion: string;
  readonly commit: PeersResult["commit"];
  readonly signal?: AbortSignal;
}

/** Tells what is being done, and how much of everything is done, from 0 to 1. */
export type PeersProgress = (progress: { readonly share: number; readonly stage: string }) => void;

/**
 * Measures MeshHook and its peers in turns, on one PostgreSQL, each time on an empty database, and compares them within each round. When
 * the signal aborts, what was measured before is returned; everything that was started is ended and removed.
 *
 * @throws BenchInterrupted  when it was stopped before the first measurement.
 */
export async function runPeers(
  options: PeersOptions,
  launcher: SystemLauncher,
  progress: PeersProgress,
): Promise<PeersResult> {
  const startedAtMs = Date.now();
  const { peers, seed, signal } = options;
  const isAborted = () => signal?.aborted === true;
  const plan: PeersPlan = { ...options.plan, payload: payloadText(SMALL) };
  const notTried: NotTried[] = [];
  const rounds: RoundFigures[] = [];
  const installed: { readonly peer: Peer; readonly folder: string }[] = [];
  for (const peer of peers) {
    progress({ share: 0, stage: `installing ${peer.title}` });
    const installation = await installPeer(peer, options.cache, signal);
    if ("folder" in installation) installed.push({ peer, folder: installation.folder });
    else notTried.push({ name: peer.name, reason: installation.reason });
  }
  if (isAborted()) throw new BenchInterrupted("It was stopped before anything was measured.");
  progress({ share: 0, stage: "starting PostgreSQL" });
  const database = await launcher.startDatabase();
  const client = new Client({ connectionString: database.url, application_name: BENCH_APPLICATION });
  client.on("error", () => undefined);
  await client.connect();
  const sink = await Sink.start();
  try {
    const environment = await readEnvironment(client, options.meshhookVersion, dirname(database.dataDir));
    const contestants = new Map<string, Contestant>(
      [
        meshhookContestant(launcher, database),
        ...installed.map(({ peer, folder }) => peerContestant(peer, folder)),
      ].map((contestant) => [contestant.name, contestant]),
    );
    const measuring = new Measuring({ options, plan, database, client, sink, contestants, peers, progress });
    await measuring.measureAll(rounds, notTried).catch((error: unknown) => {
      if (!isAborted()) throw error;
    });
    return {
      schemaVersion: 1,
      id: `${new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(":", "")}-peers`,
      startedAtMs,
      finishedAtMs: Date.now(),
      command: options.command,
      commit: options.commit,
      seed,
      environment,
      plan,
      contestants: descriptionsOf(
        options,
        installed.map(({ peer }) => peer),
      ),
      notTried,
      comparisons: compareRounds(rounds),
      rounds,
      isInterrupted: isAborted(),
    };
  } finally {
    await client.end().catch(() => undefined);
    if (isAborted()) await Promise.all([Child.stopAll(), launcher.endNow()]);
    else await Promise.all([sink.stop(), database.stop()]);
  }
}

interface MeasuringContext {
  readonly options: PeersOptions;
  readonly plan: PeersPlan;
  readonly database: LaunchedDatabase;
  readonly client: Client;
  readonly sink: Sink;
  readonly contestants: Map<string, Contestant>;
  readonly peers: readonly Peer[];
  readonly progress: PeersProgress;
}

class Measuring {
  readonly #context: MeasuringContext;
  #done = 0;

  constructor(context: MeasuringContext) {
    this.#context = context;
  }

  /** Adds to `rounds`, and to `notTried` a peer that failed, which is not tried again. */
  async measureAll(rounds: RoundFigures[], notTried: NotTried[]): Promise<void> {
    const { options, plan, contestants } = this.#context;
    const names = [...contestants.keys()];
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const name of orderOf(names, round, options.seed)) {
        for (const workflow of options.workflows) {
          options.signal?.throwIfAborted();
          const contestant = contestants.get(name);
          if (contestant === undefined) continue;
          try {
            rounds.push({ round, contestant: name, workflow, ...(await this.#measure(contestant, workflow, round)) });
          } catch (error) {
            if (name === MESHHOOK || options.signal?.aborted === true) throw error;
            contestants.delete(name);
            // Half of a peer is none: what it measured before it failed says nothing about it.
            rounds.splice(0, rounds.length, ...rounds.filter((each) => each.contestant !== name));
            const why = error instanceof Error ? error.message : String(error);
            notTried.push({ name, reason: `It failed in round ${String(round)}, workflow ${workflow}: ${why}` });
          }
        }
      }
    }
  }

  async #measure(contestant: Contestant, workflow: PeerWorkflow, round: number) {
    const { options, plan, database, client, sink, contestants, peers, progress } = this.#context;
    progress({
      share: this.#done / (plan.rounds * contestants.size * options.workflows.length),
      stage: `round ${String(round)} of ${String(plan.rounds)}: ${contestant.name}, ${workflow}`,
    });
    const name = `peers_${String(process.pid)}_${String((this.#done += 1))}`;
    const directory = join(dirname(database.dataDir), name);
    const databaseUrl = new URL(database.url);
    databaseUrl.pathname = `/${name}`;
    await mkdir(directory, { recursive: true });
    await client.query(`create database ${name}`);
    try {
      return await measureRound(contestant, {
        place: { workflow, databaseUrl: databaseUrl.href, directory, sinkPort: sink.port },
        plan,
        payloads: payloadsOf(SMALL, options.seed),
        sink,
        client,
        postgresPid: database.pid,
        isOnPostgres: peers.find((peer) => peer.name === contestant.name)?.isOnPostgres ?? true,
        signal: options.signal,
      });
    } finally {
      await client.query(`drop database if exists ${name} with (force)`).catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    }
  }
}

/** Two rounds belong together: one in a random order and one in the reverse, so that a drift of the machine meets all alike. */
function orderOf(names: readonly string[], round: number, seed: number): readonly string[] {
  const random = seededRandom(seed + Math.ceil(round / 2));
  const order = names
    .map((name) => ({ name, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ name }) => name);
  return round % 2 === 1 ? order : order.toReversed();
}

function descriptionsOf({ meshhookVersion }: PeersOptions, peers: readonly Peer[]): ContestantDescription[] {
  return [
    {
      name: MESHHOOK,
      title: "MeshHook",
      packages: { meshhook: meshhookVersion },
      durability: "The delivery and every answer, in PostgreSQL (fsync and synchronous_commit on)",
      end: "the commit of the run's last row",
      settings: [],
    },
    ...peers.map(({ name, title, packages, durability, end, settings }) => ({
      name,
      title,
      packages,
      durability,
      end,
      settings,
    })),
  ];
}
