import type { Command } from "commander";

import { addCommand, type CommandContext } from "../../command-line.ts";

/** The commands under `meshhook secrets`, with their help. Each is loaded when it is called. */
export function describeSecrets(program: Command, { output, resolve, onExit }: CommandContext): void {
  const secrets = program.command("secrets").description("Store, list and delete secrets, and rotate the secret key.");

  addCommand(secrets, "list", "List the project's secrets, without their values.", ["client"]).action(
    async (_options: unknown, command: Command) => {
      const { listSecrets } = await import("./values.ts");
      onExit(await listSecrets(resolve(command).config, output));
    },
  );

  addCommand(secrets, "set", "Store a secret, or a new version of one; the value is read from standard input.", [
    "client",
  ])
    .argument("<name>", "name of the secret, as in {{ secrets.NAME }}")
    .option("--from <file>", "file with the value, in place of standard input")
    .addHelpText(
      "after",
      `
A line break at the end does not belong to the value. A value cannot be given as an argument, because every user of the
machine can read the arguments of a process.

Examples:
  $ meshhook secrets set API_TOKEN < token.txt
  $ openssl rand -hex 32 | meshhook secrets set WEBHOOK_PASSWORD`,
    )
    .action(async (name: string, options: { readonly from?: string }, command: Command) => {
      const { setSecret } = await import("./values.ts");
      onExit(await setSecret({ name, path: options.from ?? null }, resolve(command).config, output));
    });

  addCommand(secrets, "delete", "Delete a secret with all its versions.", ["client"])
    .argument("<name>", "name of the secret")
    .option("--force", "also if the active versions of workflows use it")
    .action(async (name: string, options: { readonly force?: true }, command: Command) => {
      const { deleteSecret } = await import("./values.ts");
      onExit(await deleteSecret({ name, force: options.force === true }, resolve(command).config, output));
    });

  addCommand(secrets, "keys", "List the secret keys of the installation, and how many values need each.", [
    "client",
  ]).action(async (_options: unknown, command: Command) => {
    const { listSecretKeys } = await import("./keys.ts");
    onExit(await listSecretKeys(resolve(command).config, output));
  });

  addCommand(secrets, "rotate-key", "Wrap all stored secrets under the current secret key. Needs an admin key.", [
    "client",
  ])
    .addHelpText(
      "after",
      `
MeshHook goes on meanwhile, and the command can be repeated at any time. How a key is replaced, step by step:
docs/guide/secrets.md.`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { rotateKey } = await import("./keys.ts");
      onExit(await rotateKey(resolve(command).config, output));
    });
}
