import { Agent, get } from "node:http";
import type { ClientRequest } from "node:http";

/**
 * Viewers of a project's live log that open their stream and then read nothing, as a laptop that was closed. Each comes back when the
 * server has ended its stream.
 */
export function viewSlowly(options: { readonly url: string; readonly apiKey: string; readonly count: number }): {
  stop(): Promise<void>;
} {
  const open = new Set<ClientRequest>();
  let isStopped = false;
  const begin = () => {
    if (isStopped) return;
    const request = get(
      `${options.url}/api/v1/events`,
      {
        agent: new Agent({ keepAlive: false }),
        headers: { accept: "text/event-stream", authorization: `Bearer ${options.apiKey}` },
      },
      (response) => response.pause(),
    );
    open.add(request);
    // Its end says nothing: being cut off is what a viewer like this has to expect.
    request.on("error", () => undefined);
    request.on("close", () => {
      open.delete(request);
      setTimeout(begin, AGAIN_MS);
    });
  };
  for (let viewer = 0; viewer < options.count; viewer += 1) begin();
  return {
    stop: () => {
      isStopped = true;
      for (const request of open) request.destroy();
      return Promise.resolve();
    },
  };
}

const AGAIN_MS = 1_000;
