import { atom, below, type Jmes, notImported, operand, type Path } from "../jmes.ts";
import type { NodeNotes } from "../note.ts";
import { computed, constant, type Piece } from "../piece.ts";

/** What an expression of a node sees as its current value: the output of the node before. */
export type Root = (path: Path) => Jmes;

const SIMPLE_PATH = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[\d+\])*$/;

/** A JMESPath expression over what the node gets, as one over the scope of a run. */
export function overScope(text: string, root: Root): Jmes {
  const trimmed = text.trim();
  if (trimmed === "@") return root([]);
  if (SIMPLE_PATH.test(trimmed)) return root(pathOf(trimmed));
  return { text: `${operand(root([]))} | ${trimmed}`, type: "unknown", isAtom: false };
}

function pathOf(text: string): Path {
  return [...text.matchAll(/[A-Za-z_]\w*|\d+/g)].map(([step]) => (/^\d/.test(step) ? Number(step) : step));
}

/** Text with `{{ path }}` holes. One hole without text around it keeps the type of its value where `keepsType` says so. */
export function pieceOfText(text: string, root: Root, notes: NodeNotes, field: string): Piece {
  if (/\{\{\s*[#/@]|\{\{\s*this\b/.test(text)) {
    const fix = "Build the text with join() and map(): docs/guide/expressions.md.";
    notes.notUnderstood(field, text, "Blocks such as {{#each}} have no counterpart in a text.", fix);
    return computed(notImported(text));
  }
  const parts = text.split(/(\{\{.*?\}\})/s).flatMap((part): readonly (string | Jmes)[] => {
    const hole = /^\{\{(.*)\}\}$/s.exec(part)?.[1]?.trim();
    if (hole === undefined) return part === "" ? [] : [part];
    if (hole.startsWith("secrets.")) {
      const fix = "Store it under this name before you publish the workflow.";
      notes.differs(field, text, `The value of ${hole} is not part of the document.`, fix);
      return [atom(hole, "text")];
    }
    return [overScope(hole, root)];
  });
  return parts.every((part) => typeof part === "string") ? constant(text) : { kind: "text", parts };
}

/** The path below a step's output, with the names of its fields translated. */
export function renamed(id: string, names: ReadonlyMap<string, string>): Root {
  const output = atom(`nodes.${id}.output`);
  return (path) => {
    const [first, ...rest] = path;
    if (first !== undefined) return below(output, [names.get(String(first)) ?? first, ...rest]);
    const members = [...names].map(([name, own]) => `${name}: ${output.text}.${own}`);
    return atom(`{ ${members.join(", ")} }`);
  };
}
