import type { compile } from "@jmespath-community/jmespath";
import type { Json } from "../json.ts";

/** A node of the library's syntax tree. (The library does not export the type by name.) */
export type SyntaxNode = ReturnType<typeof compile>;

type LiteralNode = Extract<SyntaxNode, { type: "Literal" }>;

/** The parts of a node, in the order of the text. */
function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  switch (node.type) {
    case "Ternary":
      return [node.condition, node.trueExpr, node.falseExpr];
    case "LetExpression":
      return [...node.bindings, node.expression];
    case "Binding":
      return [node.reference];
    case "FilterProjection":
      return [node.left, node.condition, node.right];
    case "MultiSelectHash":
      return node.children.map((pair) => pair.value);
    case "MultiSelectList":
    case "Function":
      return node.children;
    case "Unary":
      return [node.operand];
    case "ExpressionReference":
    case "Flatten":
    case "NotExpression":
      return [node.child];
    case "Arithmetic":
    case "Comparator":
    case "IndexExpression":
    case "Subexpression":
    case "Projection":
    case "ValueProjection":
    case "OrExpression":
    case "AndExpression":
    case "Pipe":
      return [node.left, node.right];
    default:
      return [];
  }
}

/** The number of nodes in a tree. */
export function countNodes(root: SyntaxNode): number {
  return nodesOf(root).length;
}

/** The literals of a tree: those between backticks or single quotes. */
export function literalsOf(root: SyntaxNode): (Omit<LiteralNode, "value"> & { value: Json })[] {
  return nodesOf(root).filter((node): node is LiteralNode => node.type === "Literal");
}

/** All nodes. Walks without recursion, because a tree may be too deep for it. */
function nodesOf(root: SyntaxNode): SyntaxNode[] {
  const nodes = [root];
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[index];
    if (node !== undefined) nodes.push(...childrenOf(node));
  }
  return nodes;
}
