import type { JsonObject } from "../../json.ts";
import type { Jmes, Path } from "../jmes.ts";
import type { NodeNotes } from "../note.ts";
import type { N8nNode } from "./document.ts";
import type { ParameterReader } from "./parameter.ts";

/**
 * What `$json`, and what is below it, stands for.
 *
 * @param consumer  The name of the node that reads it: inside a loop the same data has another name than after it.
 * @throws NotTranslatable
 */
export type Reader = (path: Path, consumer: string) => Jmes;

/** What a node is made from. */
export interface NodeContext {
  readonly node: N8nNode;
  /** The node's id in the result. */
  readonly id: string;
  readonly notes: NodeNotes;
  readonly parameters: ParameterReader;
  /** What the node gets, on each of its inputs. */
  readonly inputs: readonly Reader[];
  /** The same for the first input, at once. @throws NotTranslatable */
  readonly input: Reader;
  /** Nodes follow on this output; by default, on any. */
  readonly isFollowed: (output?: number) => boolean;
  /** In which the document's times are meant; null: that of the installation. */
  readonly timezone: string | null;
  /** The document has other nodes of a type. */
  readonly hasType: (type: string) => boolean;
}

/** A node of the result. */
export interface Converted {
  readonly type: string;
  readonly config: JsonObject;
  /** The ports that the edges of an output leave by; none: the edges are left out. */
  readonly ports: (output: number) => readonly string[];
}

/** A kind of n8n node. */
export interface NodeKind {
  readonly convert: (context: NodeContext) => Converted;
  /** What nodes after it get. */
  readonly reader: (context: NodeContext, output: number) => Reader;
}

/** Edges of all outputs leave by `out`. */
export function onlyOut(): readonly string[] {
  return ["out"];
}

/** Hands on what it gets. */
export function passesOn({ input }: NodeContext): Reader {
  return input;
}
