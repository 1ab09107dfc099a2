import { createClient, RequestProblem } from "@meshhook/contract";
import type { Client } from "@meshhook/contract";
import type { ToldResult } from "../audit/results.ts";
import type { ListedRun } from "./api-audit.ts";
import { endpointSettings } from "../scenario/deliveries.ts";
import type { Deliveries } from "../scenario/deliveries.ts";
import { workflowDocument } from "../scenario/workflow/document.ts";
import type { ScenarioWorkflow } from "../scenario/workflow/document.ts";

/** The slug of the project that marks a MeshHook as a benchmark environment, and that everything is made in. */
const MARK = "benchmark";

/** A target that cannot be measured. `why` decides the exit code; the message says what is wrong and what to do. */
export class RemoteRefused extends Error {
  override readonly name = "RemoteRefused";
  readonly why: "unreachable" | "denied" | "unmarked";

  constructor(why: RemoteRefused["why"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.why = why;
  }
}

export interface RemoteOptions {
  /** As in `https://staging.example.com`. */
  readonly url: string;
  /** An API key of the target. */
  readonly apiKey: string;
  /** The host that may be loaded although it is not marked, as it stands in `url`; null for none. */
  readonly allowUnmarked: string | null;
}

/** Where a scenario's webhooks go. */
export interface RemoteIntake {
  readonly workflowId: string;
  /** As in `/hooks/<token>`. */
  readonly path: string;
}

const PAGE = 200;

/**
 * A MeshHook that somebody else has started. The benchmark makes workflows and endpoints in it and a key for them, in the project that
 * marks it, and removes them. It does nothing else to it.
 */
export class RemoteTarget {
  readonly url: URL;
  /** Of the project that everything is made in. */
  readonly apiKey: string;
  /** Whether the target itself says that it is a benchmark environment. */
  readonly isMarked: boolean;
  readonly #client: Client;
  readonly #undo: (() => Promise<unknown>)[] = [];

  private constructor(of: {
    readonly url: URL;
    readonly apiKey: string;
    readonly isMarked: boolean;
    /** Of a key that was made for this; null where there is none. */
    readonly keyId: string | null;
  }) {
    this.url = of.url;
    this.apiKey = of.apiKey;
    this.isMarked = of.isMarked;
    this.#client = createClient({ url: of.url.href.replace(/\/$/, ""), key: of.apiKey });
    const { keyId } = of;
    // A key is known in its own project only, so it revokes itself, after everything else.
    if (keyId !== null) this.#undo.push(() => this.#client.revokeKey({ keyId }));
  }

  /**
   * Finds out whether the target may be loaded.
   *
   * @throws RemoteRefused  when it does not answer, does not know the key, or is not marked.
   */
  static async connect({ url, apiKey, allowUnmarked }: RemoteOptions): Promise<RemoteTarget> {
    const address = new URL(url);
    const client = createClient({ url: address.href.replace(/\/$/, ""), key: apiKey });
    const project = await markedProject(client, address);
    if (project !== null) {
      const key = await client.createKey({ body: { name: "benchmark run", scope: "write", projectId: project } });
      return new RemoteTarget({
        url: address,
        apiKey: key.key,
        isMarked: true,
        keyId: key.id,
      });
    }
    if (allowUnmarked !== address.host)
      throw new RemoteRefused(
        "unmarked",
        `${address.origin} is not marked as a benchmark environment, so nothing was sent to it. Create a project with the slug "${MARK}" there, and use an admin key (MESHHOOK_BENCH_TARGET_KEY). If you are sure that it may be loaded, say so again: --allow-unmarked ${address.host}.`,
      );
    return new RemoteTarget({ url: address, apiKey, isMarked: false, keyId: null });
  }

  /** Whether it runs on this machine: then its calls can reach the benchmark's own target. */
  get isHere(): boolean {
    return ["localhost", "[::1]"].includes(this.url.hostname) || this.url.hostname.startsWith("127.");
  }

  get port(): number {
    if (this.url.port !== "") return Number(this.url.port);
    return this.url.protocol === "https:" ? 443 : 80;
  }

  /** Publishes a scenario's workflow and opens an endpoint for it; both are removed by `cleanUp`. */
  async createIntake(
    workflow: ScenarioWorkflow,
    name: string,
    callPort: number,
    deliveries: Deliveries,
  ): Promise<RemoteIntake> {
    const definition = workflowDocument(workflow, name, callPort);
    const created = await this.#client.createWorkflow({ body: { definition } });
    // With it, its endpoints go.
    this.#undo.push(() => this.#client.deleteWorkflow({ workflow: created.id }));
    await this.#client.publishWorkflow({ workflow: created.id });
    const endpoint = await this.#client.createEndpoint({
      body: { workflow: created.id, name, ...endpointSettings(deliveries) },
    });
    return { workflowId: created.id, path: endpoint.path };
  }

  /** How a run ended; null while it has not. */
  async readResult(runId: string): Promise<ToldResult | null> {
    const { result } = await this.#client.getRun({ runId });
    return result === null ? null : { status: result.status, output: result.output };
  }

  /** All runs of a workflow, page by page. */
  async listRuns(workflow: string): Promise<ListedRun[]> {
    const runs: ListedRun[] = [];
    for (let cursor: string | null = null; ;) {
      const page: Awaited<ReturnType<Client["listRuns"]>> = await this.#client.listRuns({
        workflow,
        limit: PAGE,
        ...(cursor === null ? {} : { cursor }),
      });
      runs.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === null) return runs;
    }
  }

  async hasRunning(workflow: string): Promise<boolean> {
    return (await this.#client.listRuns({ workflow, status: "running", limit: 1 })).items.length > 0;
  }

  /** The number of the request that a run was made from; null where its delivery carries none. */
  async requestOf(runId: string): Promise<number | null> {
    const { items } = await this.#client.listFacts({ runId });
    const query: unknown = items.find(({ kind }) => kind === "delivery")?.data["query"];
    const n: unknown = typeof query === "object" && query !== null && "n" in query ? query.n : null;
    return typeof n === "string" && /^\d{1,9}$/.test(n) ? Number(n) : null;
  }

  /** Removes what was made, the newest first; resolves with what could not be removed, in words. Fine to call twice. */
  async cleanUp(): Promise<string[]> {
    const left: string[] = [];
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop())
      await undo().catch((error: unknown) => left.push(error instanceof Error ? error.message : String(error)));
    return left;
  }
}

/** The id of the project that marks the target; null when there is none, or when the key may not know. */
async function markedProject(client: Client, address: URL): Promise<string | null> {
  try {
    const { items } = await client.listProjects();
    return items.find(({ slug }) => slug === MARK)?.id ?? null;
  } catch (error) {
    if (!(error instanceof RequestProblem))
      throw new RemoteRefused(
        "unreachable",
        `${address.origin} cannot be reached: ${reasonOf(error)}. Check --target (MESHHOOK_BENCH_TARGET), and that MeshHook runs there.`,
        { cause: error },
      );
    // A key that may not list projects is a key all the same.
    if (error.status === 403) return null;
    if (error.status === 401)
      throw new RemoteRefused(
        "denied",
        `${address.origin} does not know the API key. Set MESHHOOK_BENCH_TARGET_KEY to an admin key of that MeshHook.`,
        { cause: error },
      );
    throw new RemoteRefused(
      "unreachable",
      `${address.origin} does not answer as MeshHook does: ${error.message}. Check --target (MESHHOOK_BENCH_TARGET).`,
      { cause: error },
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
