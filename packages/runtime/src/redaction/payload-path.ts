/** A step of a path: a member by name, an element by index, any member, any element, or any number of levels (once in a path). */
export type PathStep =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "any-name" }
  | { readonly kind: "any-index" }
  | { readonly kind: "any-depth" };

/** A text is not a path. The message says where and why. */
export class PathError extends Error {
  override readonly name = "PathError";
}

const STEPS_MAX = 32;
const NAME = /[\p{L}\p{N}_$-]+/uy;
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const INDEX = /\[(\d{1,9}|\*)\]/y;

/**
 * Reads a path as JMESPath writes it: `customer.email`, `items[*].card.number`, `"first name"`, `*` for any member. `**` stands for any
 * number of levels, none included: `**.email`.
 *
 * @throws PathError
 */
export function parsePath(text: string): readonly PathStep[] {
  const steps: PathStep[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  while (at < text.length) {
    const index = take(INDEX);
    if (index !== null) {
      steps.push(index[1] === "*" ? { kind: "any-index" } : { kind: "index", index: Number(index[1]) });
      continue;
    }
    if (steps.length > 0 && text[at++] !== ".")
      throw new PathError(
        `"${text}" is not a path: at character ${at}, a dot or an index such as [0] or [*] must follow`,
      );
    if (text.startsWith("**", at)) {
      at += 2;
      steps.push({ kind: "any-depth" });
    } else if (text.startsWith("*", at)) {
      at += 1;
      steps.push({ kind: "any-name" });
    } else steps.push({ kind: "name", name: nameAt(text, at, take) });
  }
  if (steps.length === 0) throw new PathError("A path has at least one name or index");
  if (steps.length > STEPS_MAX) throw new PathError(`"${text}" has more than ${STEPS_MAX} steps`);
  if (steps.filter(({ kind }) => kind === "any-depth").length > 1)
    throw new PathError(`"${text}" has ** more than once; once is enough, at the place where levels may differ`);
  if (steps.at(-1)?.kind === "any-depth")
    throw new PathError(`"${text}" is not a path: after ** must follow what is to be found at any depth`);
  return steps;
}

function nameAt(text: string, at: number, take: (pattern: RegExp) => RegExpExecArray | null): string {
  const quoted = take(QUOTED);
  if (quoted !== null) {
    try {
      return JSON.parse(quoted[0]) as string;
    } catch {
      throw new PathError(`"${text}" is not a path: the quoted name at character ${at + 1} is not a JSON string`);
    }
  }
  const name = take(NAME)?.[0];
  if (name === undefined)
    throw new PathError(
      `"${text}" is not a path: at character ${at + 1}, a name must stand, in double quotes if it holds other characters than letters, digits, _, $ and -`,
    );
  return name;
}
