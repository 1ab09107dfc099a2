import type { RouteOutput } from "@meshhook/contract";
import type { EdgeDefinition, Json } from "@meshhook/core";
import { SvelteSet } from "svelte/reactivity";
import { BenchClient } from "#lib/expression/bench-client.ts";
import type { PinnedAnswer, Pins, TryOut } from "#lib/expression/bench.ts";
import { loadArranging } from "#lib/graph/load-arranging.ts";

import { Autosave, type SaveRoutes, type SaveState } from "./autosave.ts";
import { readStored, writeStored } from "./browser-store.ts";
import { copyText, paste } from "./clipboard.ts";
import { changesBetween } from "./changes.ts";
import { edgeKey, nameOf, readDraft, type Draft } from "./draft.ts";
import * as edits from "./edits.ts";
import { Head } from "./head.svelte.ts";
import { History } from "./history.ts";
import { issuesByNode, type DraftIssue } from "./issues.ts";
import type { JsonPath } from "./json-path.ts";
import { DraftShelf, windowId, type KeptDraft } from "./kept-draft.ts";
import { Pause } from "./pause.svelte.ts";
import { readPins } from "./pins.ts";
import { publishState, type PublishFacts } from "./publish-state.ts";
import { Sample } from "./sample.svelte.ts";

type Workflow = RouteOutput<"getWorkflow">;

const CHECK_PAUSE_MS = 120;
const NOTHING: Draft = { apiVersion: "meshhook/v1", kind: "Workflow", slug: "", nodes: {}, edges: [] };

/** Everything a builder page knows about one workflow: the draft with its history, the selection, the issues, and the state of saving. */
export class Editor {
  readonly workflowId: string;
  readonly slug: string;
  /** Nothing can be changed, only viewed and tried out. */
  readonly isReadOnly: boolean;
  readonly bench = new BenchClient();
  readonly sample: Sample;
  readonly head: Head;
  readonly pause: Pause;
  readonly autosave: Autosave;
  readonly selected = new SvelteSet<string>();
  readonly selectedEdges = new SvelteSet<string>();
  #history = $state.raw(new History(NOTHING));
  issues = $state.raw<readonly DraftIssue[]>([]);
  hash = $state.raw<string | null>(null);
  saveState = $state.raw<SaveState>({ kind: "saved", at: null });
  tried = $state.raw<TryOut | null>(null);
  pins = $state.raw<Pins>({});
  active = $state.raw<PublishFacts["active"]>(null);
  /** The active version as a draft; null when there is none or it is unknown here. */
  activeDraft = $state.raw<Draft | null>(null);
  /** Publishing was requested, so missing values are shown at their fields from now on. */
  isPublishWanted = $state(false);
  publishAttempt = $state.raw<PublishFacts["attempt"]>({ kind: "none" });
  /** Announced to screen readers, for example after undo. */
  announcement = $state("");
  /** A draft that was restored or that another window left behind. */
  kept = $state.raw<{ readonly kind: "restored" | "found"; readonly draft: KeptDraft } | null>(null);
  readonly issuesByNode = $derived(issuesByNode(this.draft, this.issues));
  readonly publishState = $derived(
    publishState({
      draftHash: this.hash,
      // Compared only if the hash, which leaves out names and labels, is not enough.
      isReworded:
        this.activeDraft !== null &&
        this.hash === this.active?.hash &&
        changesBetween(this.activeDraft, this.draft).length > 0,
      problems: this.issues.length,
      active: this.active,
      attempt: this.publishAttempt,
    }),
  );
  /** Called when another node was chosen that has a form to show. */
  onOpen: () => void = () => undefined;
  /** Called when someone else has saved the workflow in the meantime. */
  onConflict: () => void = () => undefined;
  readonly #shelf: DraftShelf;
  #checkTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(workflow: Workflow, routes: SaveRoutes, { isReadOnly = false } = {}) {
    this.pause = new Pause(workflow.id, workflow.pausedAt);
    const { id, slug, revision, definition, issues, draftHash, activeVersionHash, activeVersionNumber } = workflow;
    this.workflowId = id;
    this.slug = slug;
    this.isReadOnly = isReadOnly;
    const opened = readDraft(definition)?.draft ?? { ...NOTHING, slug };
    this.#shelf = new DraftShelf(localStorage, id, windowId());
    this.autosave = new Autosave(routes, this.#shelf, { revision, base: opened }, (state) => {
      const isNew = state.kind === "conflict" && this.saveState.kind !== "conflict";
      this.saveState = state;
      if (isNew) this.onConflict();
    });
    this.#history = new History(opened);
    this.issues = issues;
    this.hash = draftHash;
    this.active = activeOf(activeVersionNumber, activeVersionHash);
    this.sample = new Sample(id, this.bench, (sample) => this.setSample(sample));
    this.head = new Head(id, this.bench, () => (this.sample.judged += 1));
    if (!isReadOnly) this.#lookForKept();
    void this.head.load();
    void this.sample.load(this.draft.input?.sample);
    void this.#loadPins();
    // The server has reported the issues of its draft.
    if (this.kept?.kind === "restored") void this.check();
    else this.bench.remember("setDraft", [this.draft]);
  }

  get draft(): Draft {
    return this.#history.draft;
  }

  get undoName(): string | null {
    return this.#history.undoName;
  }

  get redoName(): string | null {
    return this.#history.redoName;
  }

  /** The one node that is selected; null when none or several are. */
  readonly open = $derived.by(() => {
    const [only] = this.selected;
    return this.selected.size === 1 && only !== undefined && Object.hasOwn(this.draft.nodes, only) ? only : null;
  });

  issuesOf(id: string): readonly DraftIssue[] {
    return this.issuesByNode.get(id) ?? [];
  }

  /** Makes a change. With `field`, quick changes of the same field are one step of the history. */
  change(name: string, draft: Draft, field?: string): void {
    if (draft === this.draft || this.isReadOnly) return;
    this.#history = this.#history.with(draft, {
      name,
      at: performance.now(),
      ...(field === undefined ? {} : { field }),
    });
    this.#changed();
  }

  undo(): void {
    const name = this.undoName;
    if (name === null) return;
    this.#history = this.#history.undo();
    this.#changed(`Undone: ${name}`);
  }

  redo(): void {
    const name = this.redoName;
    if (name === null) return;
    this.#history = this.#history.redo();
    this.#changed(`Redone: ${name}`);
  }

  select(ids: readonly string[], edges: readonly string[] = []): void {
    const before = this.open;
    replaceAll(this.selected, ids);
    replaceAll(this.selectedEdges, edges);
    if (this.open !== null && this.open !== before) this.onOpen();
  }

  add(type: string, placement: edits.Placement): string {
    const { draft, id } = edits.addNode(this.draft, type, placement);
    this.change(`add ${id}`, draft);
    this.select([id]);
    this.announcement = "after" in placement ? `Added ${id} after ${placement.after}` : `Added ${id}`;
    return id;
  }

  connect(edge: EdgeDefinition): void {
    this.change(`connect ${edge.from} to ${edge.to}`, edits.connect(this.draft, edge));
    this.announcement = `Connected ${nameOf(this.draft, edge.from)} to ${nameOf(this.draft, edge.to)}`;
  }

  disconnect(key: string): void {
    this.change(`remove edge ${key}`, edits.remove(this.draft, new Set(), new Set([key])));
  }

  deleteSelected(): void {
    const count = this.selected.size + this.selectedEdges.size;
    if (count === 0) return;
    const name = this.open ?? `${count} things`;
    this.change(`delete ${name}`, edits.remove(this.draft, this.selected, this.selectedEdges));
    this.select([]);
    this.announcement = `Deleted ${name}. Ctrl+Z brings it back.`;
  }

  duplicateSelected(): void {
    const pasted = paste(this.draft, copyText(this.draft, this.selected));
    if (pasted === null) return;
    this.change(`duplicate ${pasted.ids.length === 1 ? "node" : `${pasted.ids.length} nodes`}`, pasted.draft);
    this.select(pasted.ids);
  }

  /** False when the text contains no nodes. */
  paste(text: string): boolean {
    const pasted = paste(this.draft, text);
    if (pasted === null) return false;
    this.change(`paste ${pasted.ids.join(", ")}`, pasted.draft);
    this.select(pasted.ids);
    this.announcement = `Pasted ${pasted.ids.join(", ")}`;
    return true;
  }

  move(places: { readonly [id: string]: { readonly x: number; readonly y: number } }): void {
    this.change("move", edits.move(this.draft, places));
  }

  /** @throws when the server does not send the code that arranges. */
  async arrange(): Promise<void> {
    const arrangeAll = await loadArranging();
    this.change("arrange", { ...this.draft, layout: arrangeAll(this.draft) });
    this.announcement = "Arranged in layers from left to right";
  }

  setLabel(id: string, label: string): void {
    this.change(`label ${id}`, edits.setLabel(this.draft, id, label), `label.${id}`);
  }

  setRule(id: string, field: "join" | "timeoutMs", value: string | number | null): void {
    this.change(`edit ${id}`, edits.setRule(this.draft, id, field, value), `${field}.${id}`);
  }

  setConfig(id: string, path: JsonPath, value: Json | undefined): void {
    this.change(`edit ${id}`, edits.setConfig(this.draft, id, path, value), `config.${id}.${path.join(".")}`);
  }

  setAbout(field: "name" | "description", text: string): void {
    this.change(`edit ${field}`, edits.setAbout(this.draft, field, text), field);
  }

  setSample(sample: Json | undefined): void {
    this.change("edit the sample", edits.setSample(this.draft, sample), "sample");
  }

  /** Replaces the document by another one, as one step; the slug stays. */
  replaceWith(draft: Draft, name: string): void {
    this.change(name, { ...draft, slug: this.slug });
    this.select([]);
  }

  async pin(node: string, answer: PinnedAnswer | null): Promise<void> {
    const { [node]: _, ...others } = this.pins;
    this.pins = answer === null ? others : { ...others, [node]: answer };
    // As text, because an exact number is an instance of a class, which the browser's store would not preserve.
    await writeStored(`pins.${this.workflowId}`, JSON.stringify(this.pins));
    await this.bench.ask("setPins", [this.pins]);
    this.sample.judged += 1;
    if (this.tried !== null) await this.tryOut();
  }

  async tryOut(): Promise<void> {
    const asked = await this.bench.ask("tryOut", []);
    if (asked.kind === "answer") this.tried = asked.answer;
    else if (asked.kind === "failed")
      this.tried = { steps: {}, result: null, calls: {}, leftOut: [], fault: asked.message };
  }

  /** Another draft came from the server: only the history of this one remains. */
  takeTheirs(workflow: Workflow): void {
    const draft = readDraft(workflow.definition)?.draft;
    if (draft === undefined) return;
    this.#history = this.#history.with(draft, { name: "take their version", at: performance.now() });
    this.active = activeOf(workflow.activeVersionNumber, workflow.activeVersionHash);
    this.autosave.settle(workflow.revision, null, draft);
    this.#followDraft();
  }

  /** Continues with the changes of both, on top of what they saved. */
  takeMerged(draft: Draft, theirs: Workflow): void {
    this.#history = this.#history.with(
      { ...draft, slug: this.slug },
      { name: "merge their changes", at: performance.now() },
    );
    this.active = activeOf(theirs.activeVersionNumber, theirs.activeVersionHash);
    this.autosave.settle(theirs.revision, this.draft, readDraft(theirs.definition)?.draft ?? null);
    this.announcement = "Merged both versions";
    this.#followDraft();
  }

  /** Restores what another window left behind. */
  restoreFound(): void {
    if (this.kept === null) return;
    this.change("restore the kept draft", { ...this.kept.draft.draft, slug: this.slug });
    this.dropFound();
  }

  dropFound(): void {
    this.#shelf.clearOthers();
    this.kept = null;
  }

  /** The workflow was deleted, so nothing of the draft is saved or kept. */
  discard(): void {
    this.autosave.settle(this.autosave.revision, null, null);
  }

  close(): void {
    this.autosave.close();
    this.bench.close();
    clearTimeout(this.#checkTimer);
  }

  #lookForKept(): void {
    const own = this.#shelf.own();
    if (own !== null) {
      this.#history = this.#history.with({ ...own.draft, slug: this.slug }, { name: "restore the kept draft", at: 0 });
      this.kept = { kind: "restored", draft: own };
      // Its own revision, so that changes others saved in the meantime are a conflict and not overwritten.
      this.autosave.settle(
        own.revision,
        this.draft,
        own.revision === this.autosave.revision ? this.autosave.base : null,
      );
      return;
    }
    const orphan = this.#shelf.orphan();
    if (orphan !== null) this.kept = { kind: "found", draft: orphan };
  }

  #changed(announcement?: string): void {
    this.autosave.changed(this.draft);
    if (this.publishAttempt.kind === "failed") this.publishAttempt = { kind: "none" };
    if (announcement !== undefined) this.announcement = announcement;
    this.#followDraft();
  }

  #followDraft(): void {
    for (const id of [...this.selected]) if (!Object.hasOwn(this.draft.nodes, id)) this.selected.delete(id);
    if (this.selectedEdges.size > 0) {
      const known = new Set(this.draft.edges.map(edgeKey));
      for (const key of [...this.selectedEdges]) if (!known.has(key)) this.selectedEdges.delete(key);
    }
    this.tried = null;
    this.sample.followDraft(this.draft.input?.sample);
    clearTimeout(this.#checkTimer);
    this.#checkTimer = setTimeout(() => void this.check(), CHECK_PAUSE_MS);
  }

  /** Looks for problems now: automatically after a change, and after the worker was not available. */
  async check(): Promise<void> {
    const asked = await this.bench.ask("setDraft", [this.draft]);
    if (asked.kind !== "answer") return;
    this.issues = asked.answer.issues;
    this.hash = asked.answer.hash;
    this.sample.judged += 1;
  }

  async #loadPins(): Promise<void> {
    const kept = await readStored(`pins.${this.workflowId}`);
    this.pins = typeof kept === "string" ? readPins(kept) : {};
    this.bench.remember("setPins", [this.pins]);
    this.sample.judged += 1;
  }
}

function activeOf(number: number | null, hash: string | null): PublishFacts["active"] {
  return number === null || hash === null ? null : { number, hash };
}

function replaceAll(set: SvelteSet<string>, values: readonly string[]): void {
  if (set.size === values.length && values.every((value) => set.has(value))) return;
  set.clear();
  for (const value of values) set.add(value);
}
