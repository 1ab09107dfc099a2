import { setTimeout as delay } from "node:timers/promises";

const PENDING = Symbol("pending");

/**
 * Waits for a console that is being built, and says what works meanwhile.
 *
 * @param built  Resolves with null when the console is there, or with why it never will be.
 * @returns whether there is a console.
 */
export async function consoleIsThere(
  built: Promise<string | null>,
  url: string,
  say: (line: string) => void,
): Promise<boolean> {
  if ((await Promise.race([built, delay(0, PENDING)])) === PENDING)
    say(`Webhooks and the API already work at ${url} while the console is being built.`);
  return (await built) === null;
}
