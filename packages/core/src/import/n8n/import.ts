import type { Json, JsonObject } from "../../json.ts";
import { isArray, isObject } from "../../json-kind.ts";
import { GraphDraft } from "../graph-draft.ts";
import { atom, below, call, type Jmes, type Path } from "../jmes.ts";
import { NodeIds, slugOf } from "../name.ts";
import type { Notes } from "../note.ts";
import { configOf, firstOf } from "../shape.ts";
import { type N8nDocument, type N8nEdge, type N8nNode, readN8nDocument } from "./document.ts";
import { kindOf } from "./kinds.ts";
import type { Converted, NodeContext, Reader } from "./node-kind.ts";
import { inputOf } from "./node/values.ts";
import { ParameterReader } from "./parameter.ts";
import { NotTranslatable, type ScriptNames } from "./script.ts";
import { isLoop, loopOutput, Structure } from "./structure.ts";

/** Turns an n8n workflow into a document of ours, which may not be valid yet: `notes` say what is missing. */
export function importN8n(value: JsonObject, notes: Notes): JsonObject {
  const document = readN8nDocument(value, notes);
  return new Importer(document, notes).import();
}

/** They are for people who look at the canvas. */
const LEFT_OUT: ReadonlySet<string> = new Set(["stickyNote"]);

class Importer {
  readonly #document: N8nDocument;
  readonly #notes: Notes;
  readonly #structure: Structure;
  readonly #ids = new NodeIds();
  /** Nodes whose data is being looked up: a cycle must not be followed for ever. */
  readonly #reading = new Set<string>();
  /** What was looked up before: where branches join again and again, the ways to the same data double each time. */
  readonly #read = new Map<string, Jmes | NotTranslatable>();

  constructor(document: N8nDocument, notes: Notes) {
    this.#document = document;
    this.#notes = notes;
    this.#structure = new Structure(document);
    for (const { name } of document.nodes.values()) this.#ids.of(name);
  }

  import(): JsonObject {
    this.#noteDocument();
    const { name, settings } = this.#document;
    const { executionTimeout } = settings;
    const sample = this.#sample();
    return configOf({
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: slugOf(name),
      name: name.slice(0, 200),
      timeoutMs: typeof executionTimeout === "number" && executionTimeout > 0 ? executionTimeout * 1_000 : undefined,
      input: sample === undefined ? undefined : { sample },
      ...this.#graphOf(null),
    });
  }

  // Graphs ---------------------------------------------------------------------------------------------------------------

  #graphOf(loop: string | null): JsonObject {
    const graph = new GraphDraft();
    for (const node of this.#document.nodes.values()) {
      if (this.#structure.loopOf(node.name) !== loop || LEFT_OUT.has(node.type)) continue;
      const id = this.#ids.of(node.name);
      const context = this.#contextOf(node);
      const { type, config, ports } = this.#convert(context);
      graph.add(id, { type, label: node.name, config, position: node.position });
      for (const { output, to } of this.#structure.edgesFrom(node.name)) {
        for (const port of ports(output)) graph.connect(id, port, this.#ids.of(to));
      }
    }
    return graph.toJson();
  }

  #convert(context: NodeContext): Converted {
    const { node, notes } = context;
    if (isLoop(node)) return this.#loop(context);
    const before = this.#structure.incoming(node.name).filter(({ input }) => input === 0);
    if (before.length > 1 && node.type !== "merge" && !this.#structure.areExclusive(before)) {
      notes.differs(
        "",
        undefined,
        "n8n runs the node once for each of the connections into it; here it runs once, when all of them are decided.",
        "If it has to run several times, give each path a node of its own.",
      );
    }
    if (node.isDisabled) {
      notes.differs("disabled", true, "The node is switched off; here it hands on what it gets.", "Remove it.");
    }
    if (node.type === "merge" && (node.parameters["mode"] ?? "append") === "append") {
      const edges = this.#structure.incoming(node.name);
      if (!this.#structure.areExclusive(edges)) {
        notes.differs(
          "parameters.mode",
          "append",
          "n8n hands on the items of all inputs one after the other; here the output is the first input that has a value.",
          "If all of them are needed, make a list of them in the expression.",
        );
      }
    }
    return kindOf(node.type, node.isDisabled).convert(context);
  }

  #loop(context: NodeContext): Converted {
    const { node, notes } = context;
    const { batchSize = 1, options } = node.parameters;
    if (batchSize !== 1) {
      notes.differs(
        "parameters.batchSize",
        batchSize,
        "An iteration gets one item, never several.",
        "Set concurrency for several items at a time.",
      );
    }
    for (const [name, value] of Object.entries(isObject(options) ? options : {})) {
      notes.notUnderstood(
        `parameters.options.${name}`,
        value,
        "This option has no counterpart.",
        "See docs/guide/workflows.md, Loops.",
      );
    }
    const body = this.#structure.bodyOf(node.name);
    const closing = this.#structure.closing(node.name);
    if (body.size === 0) {
      const fix = "Draw the steps of the loop into its body.";
      notes.notUnderstood("", undefined, "No node follows on the output for the loop.", fix);
    } else if (closing.length === 0) {
      const message =
        "No connection leads back to the loop: n8n stops after the first item, here the body runs for all.";
      notes.differs("", undefined, message, "Check whether the body is meant to run for all items.");
    }
    const result = this.#resultOf(closing, context);
    const items = this.#itemsOf(context);
    const config = configOf({
      items: items.text,
      body: this.#graphOf(node.name),
      result: result === undefined ? undefined : { $jmes: result.text },
    });
    return { type: "loop@1", config, ports: (output) => (output === loopOutput(node) ? [] : ["out"]) };
  }

  /** What an iteration hands back to its loop. */
  #resultOf(closing: readonly N8nEdge[], context: NodeContext): Jmes | undefined {
    const [last] = closing;
    if (last === undefined) return undefined;
    // The expression sees what the last step of the body sees.
    const input: Reader = (path) => firstOf(closing.map((edge) => this.#readerOf(edge)(path, last.from)));
    return inputOf({ ...context, input });
  }

  /** The items of a loop: a list as it is, one value as a list of one. */
  #itemsOf(context: NodeContext): Jmes {
    const [before] = this.#structure.incoming(context.node.name);
    const type = before === undefined ? "" : this.#document.nodes.get(before.from)?.type;
    return inputOf(context, (value) => (type === "splitOut" ? value : call("to_array", [value])));
  }

  // Data -----------------------------------------------------------------------------------------------------------------

  #contextOf(node: N8nNode): NodeContext {
    const notes = this.#notes.of(node.name);
    const inputs = this.#inputsOf(node);
    const input: Reader = (path, consumer) => {
      const [first] = inputs;
      if (first === undefined) throw new NotTranslatable("nothing leads to the node");
      return first(path, consumer);
    };
    const outgoing = this.#structure.outgoing(node.name);
    const { timezone } = this.#document.settings;
    return {
      node,
      id: this.#ids.of(node.name),
      notes,
      parameters: new ParameterReader(this.#namesFor(node), notes),
      inputs: inputs.length === 0 ? [input] : inputs,
      input,
      isFollowed: (output) => outgoing.some((edge) => output === undefined || edge.output === output),
      timezone: typeof timezone === "string" && timezone !== "DEFAULT" ? timezone : null,
      hasType: (type) => [...this.#document.nodes.values()].some((other) => other.type === type),
    };
  }

  /** What comes in, by input; several connections into one input give the first value that is there. */
  #inputsOf({ name }: N8nNode): readonly Reader[] {
    const byInput = new Map<number, N8nEdge[]>();
    for (const edge of this.#structure.incoming(name))
      byInput.set(edge.input, [...(byInput.get(edge.input) ?? []), edge]);
    return [...byInput]
      .sort(([one], [other]) => one - other)
      .map(([, edges]): Reader => {
        const readers = edges.map((edge) => this.#readerOf(edge));
        return (path, consumer) => firstOf(readers.map((read) => read(path, consumer)));
      });
  }

  #readerOf({ from, output }: N8nEdge): Reader {
    return (path, consumer) => this.#lookUp(from, output, path, consumer);
  }

  #lookUp(name: string, output: number, path: Path, consumer: string): Jmes {
    // Steps of one graph see the same.
    const key = JSON.stringify([name, output, path, this.#structure.loopOf(consumer)]);
    let found = this.#read.get(key);
    if (found === undefined) {
      try {
        found = this.#readNode(name, output, path, consumer);
      } catch (error) {
        if (!(error instanceof NotTranslatable)) throw error;
        found = error;
      }
      this.#read.set(key, found);
    }
    if (found instanceof NotTranslatable) throw found;
    return found;
  }

  #readNode(name: string, output: number, path: Path, consumer: string): Jmes {
    const node = this.#document.nodes.get(name);
    if (node === undefined) throw new NotTranslatable(`there is no node "${name}"`);
    if (this.#reading.has(name)) throw new NotTranslatable(`the data of "${name}" goes in a circle`);
    this.#reading.add(name);
    try {
      if (isLoop(node)) return this.#readLoop(node, path, consumer);
      return kindOf(node.type, node.isDisabled).reader(this.#contextOf(node), output)(path, consumer);
    } finally {
      this.#reading.delete(name);
    }
  }

  #readLoop({ name }: N8nNode, path: Path, consumer: string): Jmes {
    const id = this.#ids.of(name);
    if (this.#structure.bodyOf(name).has(consumer)) {
      const isInnermost = this.#structure.loopOf(consumer) === name;
      return below(atom(isInnermost ? "item" : `nodes.${id}.item`), path);
    }
    if (path.length === 0) return atom(`nodes.${id}.output.results`);
    throw new NotTranslatable(`after the loop "${name}" there is a list of results, nodes.${id}.output.results`);
  }

  #namesFor(node: N8nNode): ScriptNames {
    return {
      current: (path) => this.#contextOf(node).input(path, node.name),
      ofNode: (name, path) => this.#lookUp(name, 0, path, node.name),
      index: () => {
        if (this.#structure.loopOf(node.name) === null)
          throw new NotTranslatable("outside of a loop there is no index");
        return atom("index", "number");
      },
      workflowName: this.#document.name,
      onTruth: () => {
        const fix = "Compare the value, as in `input.count > `0``.";
        const message =
          "In conditions, 0 is true here, and empty lists and objects are false; in JavaScript it is the other way round.";
        this.#notes.of(null).differs("", undefined, message, fix);
      },
    };
  }

  // The document ---------------------------------------------------------------------------------------------------------

  #noteDocument(): void {
    const notes = this.#notes.of(null);
    notes.differs(
      "",
      undefined,
      "n8n hands a list of items from node to node and runs a node once for each; here a step runs once and has one output.",
      "Where a step has to run for each element of a list, put it in a loop.",
    );
    for (const node of this.#document.nodes.values()) {
      if (!LEFT_OUT.has(node.type)) continue;
      this.#notes
        .of(node.name)
        .differs("", undefined, "A note on the canvas was left out.", "Put it into the description.");
    }
    for (const { from, output, to } of this.#structure.crossing) {
      const message = `The connection to "${to}" leads into or out of a loop, which was not imported.`;
      const fix = "A loop goes on where all of its iterations have ended; read its results there.";
      this.#notes.of(from).notUnderstood(`connections.main[${output}]`, to, message, fix);
    }
    const { errorWorkflow } = this.#document.settings;
    if (errorWorkflow !== undefined) {
      const fix = "Follow failed runs by the API, or draw edges from the port error.";
      notes.notUnderstood("settings.errorWorkflow", errorWorkflow, "No workflow is started when a run fails.", fix);
    }
  }

  /** A recorded delivery of the webhook. */
  #sample(): Json | undefined {
    const start = [...this.#document.nodes.values()].find(({ type }) => type === "webhook");
    const pinned = start === undefined ? undefined : this.#document.pinData[start.name];
    const [first] = isArray(pinned) ? pinned : [];
    const item = isObject(first) ? (first["json"] ?? first) : undefined;
    return isObject(item) ? item["body"] : undefined;
  }
}
