import { createClient, RequestProblem, type Client } from "@meshhook/contract";

import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { START } from "../installation.ts";

/** A connection from a command to a running MeshHook. */
export interface Connection {
  /** Without a slash at the end. */
  readonly url: string;
  readonly client: Client;
}

/** Prepares the client from the settings. Sends nothing yet. */
export function connect(config: Config): Connection {
  const key = config.apiKey ?? config.adminKey;
  if (key === null) {
    throw new CommandError(
      "denied",
      `No API key is set. Set MESHHOOK_ADMIN_KEY to the key that the first \`${START}\` printed and kept in admin.key in its data directory, or set MESHHOOK_API_KEY to another key.`,
    );
  }
  const url = (config.url ?? localUrl(config)).replace(/\/+$/, "");
  return { url, client: createClient({ url, key }) };
}

/** Runs requests; what they throw becomes a message for people with the right exit code. */
export async function withConnection<T>(connection: Connection, work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await work(connection.client);
  } catch (error) {
    if (error instanceof RequestProblem) {
      const issues = error.issues
        .map((issue) => `\n  ${issue.path === "" ? "/" : issue.path}: ${issue.message}`)
        .join("");
      throw new CommandError(exitOf(error.status), `${error.message}${issues}`, { cause: error });
    }
    // What `fetch` throws when there is no connection.
    if (error instanceof TypeError && error.message === "fetch failed") {
      const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
      throw new CommandError(
        "unreachable",
        `MeshHook does not answer at ${connection.url}${cause}. Start it with \`${START}\`, or set MESHHOOK_URL.`,
        { cause: error },
      );
    }
    throw error;
  }
}

function exitOf(status: number): ExitName {
  if (status === 401 || status === 403) return "denied";
  if (status === 429 || status >= 500) return "unreachable";
  return "badInput";
}

/** Where `meshhook start` with the same settings listens. Wildcard addresses are reached through the loopback. */
function localUrl({ host, port, tlsCertFile }: Pick<Config, "host" | "port" | "tlsCertFile">): string {
  const scheme = tlsCertFile === null ? "http" : "https";
  if (host === "0.0.0.0") return `${scheme}://127.0.0.1:${port}`;
  if (host === "::") return `${scheme}://[::1]:${port}`;
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
