import type { SyntaxNode } from "./syntax-tree.ts";

/** What an expression takes from its scope, determined from its text alone. */
export interface References {
  /** Names at the top of the scope, in the order they appear. */
  readonly roots: ReadonlySet<string>;
  /** Ids in `nodes.<id>`. */
  readonly nodes: ReadonlySet<string>;
  /** Names in `nodes.<id>.<member>` and in `run.<member>`, with the whole `path`. */
  readonly members: readonly { readonly of: "nodes" | "run"; readonly name: string; readonly path: string }[];
  /** True when the whole scope or all of `nodes` is used as a value, so that the parts used cannot be determined. */
  readonly usesWhole: boolean;
}

/** What is known of a value without evaluating it: it is the value at `path` below the scope, or anything. */
type Known = readonly string[] | null;

/** Follows an expression's names from the scope. */
export function referencesOf(tree: SyntaxNode): References {
  const tracer = new Tracer();
  tracer.use(tracer.trace(tree, [], new Map()));
  return tracer;
}

class Tracer implements References {
  readonly roots = new Set<string>();
  readonly nodes = new Set<string>();
  readonly members: { of: "nodes" | "run"; name: string; path: string }[] = [];
  usesWhole = false;

  trace(node: SyntaxNode, current: Known, variables: ReadonlyMap<string, Known>): Known {
    switch (node.type) {
      case "Field":
        return this.#step(current, node.name);
      case "Subexpression":
      case "Pipe":
        return this.trace(node.right, this.trace(node.left, current, variables), variables);
      case "Current":
      case "Identity":
        return current;
      case "Root":
        return [];
      case "Literal":
        return null;
      case "Variable":
        return variables.get(node.name) ?? null;
      case "LetExpression": {
        const inner = new Map(variables);
        for (const binding of node.bindings) {
          if (binding.type === "Binding")
            inner.set(binding.variable, this.trace(binding.reference, current, variables));
        }
        return this.trace(node.expression, current, inner);
      }
      case "Ternary":
        this.#consume(node.condition, current, variables);
        this.#consume(node.trueExpr, current, variables);
        this.#consume(node.falseExpr, current, variables);
        return null;
      case "IndexExpression":
      case "Projection":
      case "ValueProjection":
        this.#consume(node.left, current, variables);
        this.#consume(node.right, null, variables);
        return null;
      case "FilterProjection":
        this.#consume(node.left, current, variables);
        this.#consume(node.condition, null, variables);
        this.#consume(node.right, null, variables);
        return null;
      case "MultiSelectHash":
        for (const pair of node.children) this.#consume(pair.value, current, variables);
        return null;
      case "MultiSelectList":
        for (const child of node.children) this.#consume(child, current, variables);
        return null;
      case "Function":
        for (const child of node.children) {
          // `&name` is applied to the elements of another argument, about which nothing is known.
          if (child.type === "ExpressionReference") this.#consume(child.child, null, variables);
          else this.#consume(child, current, variables);
        }
        return null;
      case "Unary":
        this.#consume(node.operand, current, variables);
        return null;
      case "Flatten":
      case "NotExpression":
        this.#consume(node.child, current, variables);
        return null;
      case "OrExpression":
      case "AndExpression":
      case "Comparator":
      case "Arithmetic":
        this.#consume(node.left, current, variables);
        this.#consume(node.right, current, variables);
        return null;
      default:
        return null;
    }
  }

  /** Notes that a value is used itself, not only to look inside. */
  use(known: Known): void {
    if (known !== null && (known.length === 0 || (known.length === 1 && known[0] === "nodes"))) this.usesWhole = true;
  }

  #consume(node: SyntaxNode, current: Known, variables: ReadonlyMap<string, Known>): void {
    this.use(this.trace(node, current, variables));
  }

  #step(current: Known, name: string): Known {
    if (current === null) return null;
    const path = [...current, name];
    if (path.length === 1) this.roots.add(name);
    if (path.length === 2 && path[0] === "nodes") this.nodes.add(name);
    const of = path[0];
    const position = of === "nodes" ? 3 : 2;
    if ((of === "nodes" || of === "run") && path.length === position) {
      this.members.push({ of, name, path: path.join(".") });
    }
    return path;
  }
}
