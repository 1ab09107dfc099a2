/** Everything that can be interrupted: a call, a loop of calls, a delay, and a call that may be made at most once. */
export function faultyWorkflow(targetUrl: string, slug: string): object {
  const retry = { attemptsMax: 8, baseMs: 50, capMs: 500 };
  const call = (path: string, more: object = {}): object => ({
    type: "http_call@1",
    config: { url: `${targetUrl}/${path}`, body: { $jmes: "input" }, timeoutMs: 1_000, retry, ...more },
  });
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      first: call("first"),
      each: {
        type: "loop@1",
        config: {
          items: "`[1, 2, 3]`",
          concurrency: 2,
          failuresMax: 3,
          body: { nodes: { item: call("item") }, edges: [] },
        },
      },
      pause: { type: "delay@1", config: { durationMs: 200 } },
      pay: call("pay", { semantics: "at-most-once" }),
    },
    edges: [
      { from: "hook", to: "first" },
      { from: "hook", to: "each" },
      { from: "first", to: "pause" },
      { from: "pause", to: "pay" },
    ],
  };
}
