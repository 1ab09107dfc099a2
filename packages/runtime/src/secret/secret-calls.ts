import {
  type CallRequest,
  type LinkReference,
  type Reference,
  referenceText,
  type TlsPart,
  type TlsPolicy,
} from "@meshhook/core";
import type { Catalog } from "@meshhook/journal";

import type { CallOutcome } from "../call/call-outcome.ts";
import type { Caller } from "../call/caller.ts";
import { TlsIdentity } from "../call/tls-identity.ts";
import type { Clock } from "../clock.ts";
import type { AnswerRedactions } from "../redaction/answer-redactions.ts";
import { fillReferences } from "./fill-references.ts";
import type { LinkSource } from "./link-source.ts";
import { type KnownSecret, Mask } from "./mask.ts";
import { SecretFault, type SecretSource } from "./secret-source.ts";
import type { SecretUses } from "./secret-uses.ts";
import { signRequest } from "./standard-webhook.ts";
import type { VaultSecrets } from "./vault-secrets.ts";

/** Shorter values would be found by chance in answers, which would then be masked. */
const LENGTH_MIN = 8;

export interface SecretCallsOptions {
  readonly caller: Caller;
  readonly catalog: Pick<Catalog, "listProjects">;
  readonly clock: Clock;
  /** Asked first. Null: this process has no vault. */
  readonly vault: VaultSecrets | null;
  /** Has what the vault does not have. Null: this process has no other secrets. */
  readonly source: SecretSource | null;
  /** Is told of every secret that a call uses. */
  readonly uses: SecretUses | null;
  /** Null: this process makes no links. */
  readonly links: LinkSource | null;
  /** What of answers is not stored. */
  readonly answers: AnswerRedactions;
}

/** The run that makes a call, or the project that makes one by itself. */
export interface CallingRun {
  readonly projectId: string;
  readonly runId: string | null;
}

/** Says whether a request is not complete without what only the runtime knows. */
function isIncomplete({ references, base64, signingKeys, tls }: CallRequest): boolean {
  return references !== undefined || base64 !== undefined || signingKeys !== undefined || tls !== undefined;
}

/**
 * Sends the requests of runs. Where one holds secrets, it puts the values in at the last moment, signs, and masks the answer: nothing of
 * a value leaves this class but the request itself. What the project's rules redact in answers goes no further, either.
 */
export class SecretCalls {
  readonly #options: SecretCallsOptions;
  /** Slugs by project; they never change. */
  readonly #slugs = new Map<string, string>();

  constructor(options: SecretCallsOptions) {
    this.#options = options;
  }

  /** Like `Caller.call`. */
  call(run: CallingRun, request: CallRequest, timeoutMs: number, onAnswer: (outcome: CallOutcome) => void): () => void {
    const done = (outcome: CallOutcome): void =>
      onAnswer(this.#options.answers.of(run.projectId)?.outcome(outcome) ?? outcome);
    if (!isIncomplete(request)) return this.#options.caller.call(request, timeoutMs, done);
    let stop: (() => void) | null = null;
    let isStopped = false;
    const fromVault = new Map<string, string | null>();
    const send = (): void => {
      if (isStopped) return;
      stop = this.#send(run, request, timeoutMs, fromVault, done);
    };
    const fail = (error: unknown): void => {
      if (!isStopped) done(failureOf(error));
    };
    const waits = this.#prepare(run, request, fromVault);
    if (waits.length === 0) queueMicrotask(() => attempt(send, fail));
    else void Promise.all(waits).then(() => attempt(send, fail), fail);
    return () => {
      isStopped = true;
      stop?.();
    };
  }

  /** Looks up in memory what the request needs; resolves with what is not there. */
  #prepare({ projectId }: CallingRun, request: CallRequest, fromVault: Map<string, string | null>): Promise<unknown>[] {
    const waits: Promise<unknown>[] = this.#slugs.has(projectId) ? [] : [this.#loadSlugs()];
    const { vault } = this.#options;
    if (vault === null) return waits;
    for (const name of secretNames(request)) {
      const value = vault.peek(projectId, name);
      if (value === undefined) waits.push(vault.load(projectId, name).then((loaded) => fromVault.set(name, loaded)));
      else fromVault.set(name, value);
    }
    return waits;
  }

  /** @throws SecretFault */
  #send(
    run: CallingRun,
    request: CallRequest,
    timeoutMs: number,
    fromVault: ReadonlyMap<string, string | null>,
    done: (outcome: CallOutcome) => void,
  ): () => void {
    const { caller, clock } = this.#options;
    const known = new Map<string, KnownSecret>();
    const valueOf = (reference: Reference): string => {
      const shown = referenceText(reference);
      const value =
        known.get(shown)?.value ??
        (reference.kind === "secret" ? this.#find(run, reference.name, fromVault) : this.#link(run, reference));
      known.set(shown, { shown, value });
      return value;
    };
    let outgoing = fillReferences(request, valueOf);
    if (request.signingKeys !== undefined) {
      const keys = request.signingKeys.map((name) => ({ name, value: valueOf({ kind: "secret", name }) }));
      outgoing = signRequest(outgoing, keys, Math.floor(clock.now() / 1_000_000));
    }
    if (request.tls !== undefined) outgoing = { ...outgoing, tlsIdentity: this.#identity(run, request.tls, fromVault) };
    if (known.size === 0) return caller.call(outgoing, timeoutMs, done);
    const mask = new Mask([...known.values()]);
    return caller.call(outgoing, timeoutMs, (outcome) => done(mask.outcome(outcome)));
  }

  /** Nothing of it is in the request, so that no answer can repeat it. */
  #identity(run: CallingRun, policy: TlsPolicy, fromVault: ReadonlyMap<string, string | null>): TlsIdentity {
    const valueOf = (part: TlsPart | null): string | null => {
      if (part === null) return null;
      return "text" in part ? part.text : this.#find(run, part.secret, fromVault);
    };
    return new TlsIdentity(run.projectId, {
      ca: valueOf(policy.ca),
      certificate: valueOf(policy.certificate),
      key: valueOf(policy.key),
      passphrase: valueOf(policy.passphrase),
      serverName: policy.serverName,
    });
  }

  #link({ projectId, runId }: CallingRun, reference: LinkReference): string {
    const payload = JSON.stringify(reference.choice);
    const { links } = this.#options;
    const url = runId === null ? null : (links?.urlOf({ projectId, runId, name: reference.signal, payload }) ?? null);
    if (url !== null) return url;
    throw new SecretFault(
      "link_unavailable",
      `The link ${referenceText(reference)} needs the address at which people reach MeshHook, which MESHHOOK_PUBLIC_URL does not give. The request was not sent`,
    );
  }

  #find(run: CallingRun, name: string, fromVault: ReadonlyMap<string, string | null>): string {
    const { source, uses } = this.#options;
    const project = this.#slugs.get(run.projectId) ?? "";
    const value = fromVault.get(name) ?? source?.find(project, name) ?? null;
    if (value === null) {
      throw new SecretFault(
        "secret_missing",
        `The project "${project}" has no secret ${name}. The request was not sent`,
      );
    }
    if (value.length < LENGTH_MIN) {
      throw new SecretFault(
        "secret_invalid",
        `The secret ${name} has fewer than ${LENGTH_MIN} characters, so it could not be told apart in an answer. The request was not sent`,
      );
    }
    uses?.note(run, name);
    return value;
  }

  async #loadSlugs(): Promise<void> {
    for (const { id, slug } of await this.#options.catalog.listProjects()) this.#slugs.set(id, slug);
  }
}

function secretNames({ references = [], signingKeys = [], tls }: CallRequest): ReadonlySet<string> {
  const inPlaces = references.flatMap(({ reference }) => (reference.kind === "secret" ? [reference.name] : []));
  const parts = tls === undefined ? [] : [tls.ca, tls.certificate, tls.key, tls.passphrase];
  const inTls = parts.flatMap((part) => (part !== null && "secret" in part ? [part.secret] : []));
  return new Set([...inPlaces, ...signingKeys, ...inTls]);
}

function attempt(work: () => void, fail: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    fail(error);
  }
}

function failureOf(error: unknown): CallOutcome {
  if (error instanceof SecretFault) {
    return { kind: "failure", code: error.code, message: error.message, notSent: true, durationUs: 0 };
  }
  // The catalog is away, for a moment: the attempt is made again.
  const message = `The project's secrets cannot be looked up: ${error instanceof Error ? error.message : String(error)}`;
  return { kind: "failure", code: "network", message, notSent: true, durationUs: 0 };
}
