export type NullTargetCommand = { readonly kind: "start"; readonly mode: NullTargetMode };
export type NullTargetMessage = { readonly kind: "ready" } | { readonly kind: "listening"; readonly port: number };

/**
 * `nothing`: answers 202 to whatever arrives, from a bare socket; what the generator can do at most.
 * `node-http`: reads and parses the body with `node:http` and answers 202; what any engine in Node could do at most.
 */
export type NullTargetMode = "nothing" | "node-http";
