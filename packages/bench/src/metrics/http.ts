/** An address and what it takes to be let in. Credentials never reach a message. */
export interface Endpoint {
  /** Without user, password and query. */
  readonly url: string;
  /** The value of `authorization`; null where none is needed. */
  readonly authorization: string | null;
}

/** HTTP basic authentication (RFC 7617). */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}

/** A reading that did not succeed; the message names the address, what went wrong, and what to do. */
export class ReadingFailed extends Error {
  override readonly name = "ReadingFailed";
}

const TIMEOUT_MS = 5_000;
const BYTES_MAX = 16 * 1024 * 1024;

/**
 * Reads a text. Redirects are not followed: they could carry the credentials elsewhere. Nothing of an answer that refuses is repeated, because it
 * may repeat the credentials.
 *
 * @throws ReadingFailed
 */
export async function readText({ url, authorization }: Endpoint, path = "", form?: URLSearchParams): Promise<string> {
  const address = `${url.replace(/\/$/, "")}${path}`;
  let response: Response;
  try {
    response = await fetch(address, {
      method: form === undefined ? "GET" : "POST",
      ...(form === undefined ? {} : { body: form }),
      redirect: "manual",
      headers: authorization === null ? {} : { authorization },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new ReadingFailed(`${address} cannot be reached: ${causeOf(error)}.`);
  }
  if (response.status === 401 || response.status === 403) {
    await response.body?.cancel();
    throw new ReadingFailed(
      `${address} answered ${String(response.status)}: ${authorization === null ? "it asks for credentials, and none were given" : "the credentials are not accepted"}.`,
    );
  }
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new ReadingFailed(
      `${address} answered ${String(response.status)}, which leads elsewhere. Give the final address.`,
    );
  }
  // A Prometheus explains a wrong query in the body of a 4xx.
  if (!response.ok && !(form !== undefined && response.status < 500)) {
    await response.body?.cancel();
    throw new ReadingFailed(`${address} answered ${String(response.status)}.`);
  }
  return readBounded(response, address);
}

async function readBounded(response: Response, address: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    const body: AsyncIterable<Uint8Array> | null = response.body;
    for await (const part of body ?? []) {
      bytes += part.length;
      if (bytes > BYTES_MAX) break;
      parts.push(part);
    }
  } catch (error) {
    throw new ReadingFailed(`${address} broke off its answer: ${causeOf(error)}.`);
  }
  if (bytes > BYTES_MAX) throw new ReadingFailed(`${address} answered with more than ${String(BYTES_MAX)} bytes.`);
  return Buffer.concat(parts).toString("utf8");
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "for an unknown reason";
  if (error.name === "TimeoutError") return `no answer within ${String(TIMEOUT_MS / 1_000)} s`;
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.message;
}
