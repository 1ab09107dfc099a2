import type { compile } from "@jmespath-community/jmespath";

/** A node of the library's syntax tree. (The library does not export the type by name.) */
export type SyntaxNode = ReturnType<typeof compile>;

/** The parts of a node, in the order they are written. */
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

/** How many nodes a tree has. Walks without recursion, so that it may judge trees that are too deep for it. */
export function countNodes(root: SyntaxNode): number {
  const pending = [root];
  let count = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    count += 1;
    pending.push(...childrenOf(node));
  }
  return count;
}
