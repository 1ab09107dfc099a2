import { createClient } from "@meshhook/contract";
import type { Client } from "@meshhook/contract";
import type { ToldResult } from "../audit/results.ts";
import { workflowDocument } from "../scenario/workflow/document.ts";
import { endpointSettings, PLAIN } from "../scenario/deliveries.ts";
import type { Deliveries } from "../scenario/deliveries.ts";
import { readLines } from "./slow-lines.ts";
import type { RunLine } from "./slow-lines.ts";
import type { ScenarioWorkflow } from "../scenario/workflow/document.ts";
import type { LaunchedDatabase, LaunchedMeshHook, SystemLauncher } from "../system/launcher.ts";

/** Where a scenario's webhooks go. */
export interface Intake {
  readonly workflowId: string;
  /** As in `/hooks/<token>`. */
  readonly path: string;
}

/** The MeshHook that is measured, and its database. */
export class LaunchedSystem {
  readonly database: LaunchedDatabase;
  readonly port: number;
  readonly apiKey: string;
  #meshhook: LaunchedMeshHook;
  #neighbours = 0;
  /** Instead of the database's own address; null for that. */
  #databaseUrl: string | null = null;
  /** Instead of the number in the settings; null for that. */
  #processes: number | null = null;
  readonly #launcher: SystemLauncher;
  readonly #env: { readonly [name: string]: string };
  readonly #client: Client;

  private constructor(options: StartOptions, meshhook: LaunchedMeshHook) {
    this.database = options.database;
    this.port = options.port;
    this.apiKey = meshhook.adminKey;
    this.#meshhook = meshhook;
    this.#launcher = options.launcher;
    this.#env = options.env;
    this.#client = createClient({ url: meshhook.url, key: meshhook.adminKey });
  }

  static async start(options: StartOptions): Promise<LaunchedSystem> {
    return new LaunchedSystem(options, await startOn(options));
  }

  get pid(): number {
    return this.#meshhook.pid;
  }

  get url(): string {
    return this.#meshhook.url;
  }

  /** Publishes a scenario's workflow and opens an endpoint for it. */
  async createIntake(
    workflow: ScenarioWorkflow,
    scenario: string,
    sinkPort: number,
    deliveries: Deliveries = PLAIN,
  ): Promise<Intake> {
    const definition = workflowDocument(workflow, scenario, sinkPort);
    const created = await this.#client.createWorkflow({ body: { definition } });
    await this.#client.publishWorkflow({ workflow: created.id });
    const endpoint = await this.#client.createEndpoint({
      body: { workflow: created.id, name: scenario, ...endpointSettings(deliveries) },
    });
    return { workflowId: created.id, path: endpoint.path };
  }

  /** Opens an endpoint in a new project of its own, for a workflow without calls; returns its path. Fine to call several times at once. */
  async createNeighbour(scenario: string): Promise<string> {
    this.#neighbours += 1;
    const name = `bench-${Date.now().toString(36)}-${String(this.#neighbours)}`;
    const project = await this.#client.createProject({ body: { slug: name, name } });
    const { key } = await this.#client.createKey({ body: { name, scope: "write", projectId: project.id } });
    const client = createClient({ url: this.url, key });
    const definition = workflowDocument({ kind: "built-in", name: "pure" }, scenario, 0);
    const created = await client.createWorkflow({ body: { definition } });
    await client.publishWorkflow({ workflow: created.id });
    return (await client.createEndpoint({ body: { workflow: created.id, name } })).path;
  }

  /** How a run ended, over the API; null while it has not. */
  async readResult(runId: string): Promise<ToldResult | null> {
    const { result } = await this.#client.getRun({ runId });
    return result === null ? null : { status: result.status, output: result.output };
  }

  /** The first lines of a run's log. */
  readLines(runId: string): Promise<readonly RunLine[]> {
    return readLines(this.#client, runId);
  }

  /** Kills the process without warning and waits until it is gone. */
  async killHard(): Promise<void> {
    this.#meshhook.kill("SIGKILL");
    await this.#meshhook.exited;
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#meshhook.kill(name);
  }

  /** Starts MeshHook again, on the same port and database. */
  async startAgain(): Promise<void> {
    this.#meshhook = await startOn({
      database: this.database,
      port: this.port,
      env: {
        ...this.#env,
        ...(this.#processes === null ? {} : { MESHHOOK_PROCESSES: String(this.#processes) }),
      },
      launcher: this.#launcher,
      databaseUrl: this.#databaseUrl,
    });
  }

  /** Stops MeshHook and starts it again with another address of the same database; null for the database's own. */
  async restart(databaseUrl: string | null): Promise<void> {
    await this.stop();
    this.#databaseUrl = databaseUrl;
    await this.startAgain();
  }

  /** Stops MeshHook and starts it again as so many processes; null for as many as its settings say. */
  async restartAs(processes: number | null): Promise<void> {
    await this.stop();
    this.#processes = processes;
    await this.startAgain();
  }

  /** Ends MeshHook; the database is its launcher's to stop. */
  async stop(): Promise<void> {
    this.#meshhook.kill("SIGTERM");
    const timer = setTimeout(() => this.#meshhook.kill("SIGKILL"), STOP_MS_MAX);
    await this.#meshhook.exited;
    clearTimeout(timer);
  }
}

interface StartOptions {
  readonly launcher: SystemLauncher;
  readonly database: LaunchedDatabase;
  readonly port: number;
  readonly env: { readonly [name: string]: string };
  readonly databaseUrl?: string | null;
}

/** Nothing is in flight when a suite ends; what does not stop by then would not stop at all. */
const STOP_MS_MAX = 5_000;

function startOn({ launcher, database, port, env, databaseUrl }: StartOptions): Promise<LaunchedMeshHook> {
  return launcher.startMeshHook({ databaseUrl: databaseUrl ?? database.url, port, env });
}
