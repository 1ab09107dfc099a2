import type { SecretKeyResource } from "@meshhook/contract";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";

/** Lists the secret keys by their ids. */
export async function listSecretKeys(config: Config, output: Output): Promise<ExitName> {
  const { items } = await withConnection(connect(config), (client) => client.listSecretKeys());
  for (const key of items) output.line(lineOf(key));
  return items.some(({ state }) => state === "missing") ? "failed" : "ok";
}

/** Wraps everything under the current key, step by step. Ends with `failed` when something still needs another one. */
export async function rotateKey(config: Config, output: Output): Promise<ExitName> {
  const connection = connect(config);
  const total = { rewrapped: 0, unreadable: 0 };
  let after: string | null = null;
  do {
    const body: { after?: string } = after === null ? {} : { after };
    const step = await withConnection(connection, (client) => client.rewrapSecrets({ body }));
    total.rewrapped += step.rewrapped;
    total.unreadable += step.unreadable;
    after = step.next;
  } while (after !== null);
  output.line(`Values that are now under the current key and were not: ${total.rewrapped}.`);
  if (total.unreadable > 0)
    output.line(
      `Values whose key the process that answered does not have: ${total.unreadable}. They stay as they are.`,
    );
  const { items } = await withConnection(connection, (client) => client.listSecretKeys());
  for (const key of items) output.line(lineOf(key));
  const isOver = items.every(({ state, values }) => state === "current" || values === 0);
  output.line(
    isOver
      ? "No value needs another key, so former keys can be removed from MESHHOOK_SECRET_KEY."
      : "Some values still need another key. Keep that key, and run this command again.",
  );
  return isOver ? "ok" : "failed";
}

function lineOf({ id, state, values }: SecretKeyResource): string {
  return `${id ?? "of earlier releases"}  ${state}, ${values} ${values === 1 ? "value" : "values"}`;
}
