import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import { readConfidential } from "../standard-input.ts";
import { readText } from "../workflow-file.ts";

/** Lists the secrets of the vault, without their values. */
export async function listSecrets(config: Config, output: Output): Promise<ExitName> {
  const { items } = await withConnection(connect(config), (client) => client.listSecrets());
  if (items.length === 0) output.line("The vault of this project has no secrets.");
  for (const { name, version, createdAt, usedAt } of items)
    output.line(`${name}  version ${version} of ${createdAt}, ${usedAt === null ? "not used yet" : `used ${usedAt}`}`);
  return "ok";
}

/** Stores a secret, or a new version of one. `path`: the file with the value; null: standard input. */
export async function setSecret(
  { name, path }: { readonly name: string; readonly path: string | null },
  config: Config,
  output: Output,
): Promise<ExitName> {
  const value = (path === null ? await readConfidential("The value") : await readText(path)).replace(/\r?\n$/, "");
  const secret = await withConnection(connect(config), (client) => client.putSecret({ name, body: { value } }));
  output.line(`Stored version ${secret.version} of ${name}. Calls use it within 5 seconds.`);
  return "ok";
}

/** Deletes a secret with all its versions. */
export async function deleteSecret(
  { name, force }: { readonly name: string; readonly force: boolean },
  config: Config,
  output: Output,
): Promise<ExitName> {
  await withConnection(connect(config), (client) => client.deleteSecret({ name, force }));
  output.line(`Deleted ${name}.`);
  return "ok";
}
