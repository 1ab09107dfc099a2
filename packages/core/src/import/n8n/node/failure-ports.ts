import type { Converted, NodeContext } from "../node-kind.ts";

/** What the node does with a failure: it stops, goes on as if nothing had happened, or has an output for it. */
export function failurePorts({ node, notes, isFollowed }: NodeContext): Converted["ports"] {
  const { onError, continueOnFail } = node.fields;
  if (onError === "continueErrorOutput") return (output) => [output === 0 ? "out" : "error"];
  if (onError !== "continueRegularOutput" && continueOnFail !== true) return () => ["out"];
  if (isFollowed()) {
    notes.differs(
      "onError",
      onError ?? continueOnFail ?? null,
      "After a failure the run goes on at the port error, to the same nodes; the output is then { error, response } and has no body.",
      "Check what the nodes after it read.",
    );
  }
  return () => ["out", "error"];
}
