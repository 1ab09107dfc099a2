import type { LoadPlan } from "../load/generator/protocol.ts";
import type { EndedRun } from "./host/engine.ts";
import type { PeerWorkflow } from "./host/workflow.ts";

/** MeshHook or a peer: something that takes webhooks and runs a workflow for each. */
export interface Contestant {
  readonly name: string;
  /** Starts it on an empty database. */
  start(place: Place): Promise<RunningContestant>;
}

/** What a contestant gets for one measurement. */
export interface Place {
  readonly workflow: PeerWorkflow;
  /** Of an empty database. */
  readonly databaseUrl: string;
  /** An empty folder on the same disk as the database. */
  readonly directory: string;
  /** Where the workflow's call goes. */
  readonly sinkPort: number;
}

export interface RunningContestant {
  readonly target: LoadPlan["target"];
  /** Its CPU time counts with that of everything it started. */
  readonly pid: number;
  /** Runs in its store that have not ended. */
  countUnfinished(): Promise<number>;
  /** Every run that has ended, as often as it did. */
  readEnded(): Promise<readonly EndedRun[]>;
  stop(): Promise<void>;
}
