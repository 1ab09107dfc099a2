export type SinkCommand =
  | { readonly kind: "listen" }
  /** From now on: wait this long before answering, and begin a new ledger. */
  | { readonly kind: "reset"; readonly delayMs: number }
  | { readonly kind: "report"; readonly path: string };

export type SinkMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "resetDone" }
  | { readonly kind: "reported"; readonly effects: number };
