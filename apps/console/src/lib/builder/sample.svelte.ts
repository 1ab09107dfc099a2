import { parseJsonInput, type Json } from "@meshhook/core";
import type { BenchClient } from "#lib/expression/bench-client.ts";

import { readStored, writeStored } from "./browser-store.ts";

/** Up to this many characters a sample is part of the workflow; a larger one stays in this browser. */
const IN_WORKFLOW_MAX = 262_144;
const PAUSE_MS = 300;

/**
 * The sample payload as text. The text itself is outside reactive state and is parsed in the worker, so that a large sample does not slow
 * down typing; `version` shows that it changed.
 */
export class Sample {
  version = $state(0);
  /** Why it is not JSON; null when it is, or when there is none. */
  fault = $state<string | null>(null);
  length = $state(0);
  #text = "";
  /** The part of the draft from which the text was last read, or to which it was last written. */
  #inDraft: Json | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #key: string;
  readonly #bench: BenchClient;
  readonly #putInDraft: (sample: Json | undefined) => void;

  constructor(workflowId: string, bench: BenchClient, putInDraft: (sample: Json | undefined) => void) {
    this.#key = `sample.${workflowId}`;
    this.#bench = bench;
    this.#putInDraft = putInDraft;
  }

  get text(): string {
    return this.#text;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** True when it is too large to be part of the workflow. */
  get isOnlyHere(): boolean {
    return this.length > IN_WORKFLOW_MAX;
  }

  /** Takes the sample from the draft, or the larger one this browser kept. */
  async load(inDraft: Json | undefined): Promise<void> {
    this.#inDraft = inDraft;
    if (inDraft !== undefined) this.#show(JSON.stringify(inDraft, null, 2));
    const kept = await readStored(this.#key);
    if (typeof kept === "string" && inDraft === undefined) this.#show(kept);
    // It was JSON when it was stored, so there is nothing to check yet.
    this.#bench.remember("setSample", [this.#text === "" ? null : this.#text]);
    this.judged += 1;
  }

  /** The draft's sample is not the one written to it, because of undo or another person's version. */
  followDraft(inDraft: Json | undefined): void {
    if (inDraft === this.#inDraft) return;
    this.#inDraft = inDraft;
    this.#take(inDraft === undefined ? "" : JSON.stringify(inDraft, null, 2));
  }

  /** Takes typed or chosen text. */
  write(text: string): void {
    this.#text = text;
    this.length = text.length;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#settle(), PAUSE_MS);
  }

  /** Like `write`, for a text that did not come from the editor that shows it. */
  replace(text: string): void {
    this.#take(text);
    void this.#settle();
  }

  #take(text: string): void {
    this.#show(text);
    void this.#judge();
  }

  #show(text: string): void {
    this.#text = text;
    this.length = text.length;
    this.version += 1;
  }

  async #judge(): Promise<boolean> {
    const asked = await this.#bench.ask("setSample", [this.#text === "" ? null : this.#text]);
    if (asked.kind === "replaced") return false;
    this.fault = asked.kind === "answer" ? asked.answer.fault : asked.message;
    return this.fault === null;
  }

  async #settle(): Promise<void> {
    if (!(await this.#judge())) return;
    this.judged += 1;
    const isLarge = this.isOnlyHere;
    await writeStored(this.#key, isLarge ? this.#text : null);
    const sample = isLarge || this.#text.trim() === "" ? undefined : parseJsonInput(this.#text);
    if (sample === undefined && this.#inDraft === undefined) return;
    this.#inDraft = sample;
    this.#putInDraft(sample);
  }

  /** Grows when the worker has received another sample; previews are then out of date. */
  judged = $state(0);
}
