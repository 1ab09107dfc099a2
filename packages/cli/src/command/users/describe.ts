import { type Command, Option } from "commander";

import { addCommand, type CommandContext } from "../../command-line.ts";

const PASSWORD_NOTE = `
The password is read from standard input, because every user of the machine can read the arguments of a process; a line
break at its end does not belong to it. At least 12 characters.`;

/** The commands under `meshhook users`, with their help. Each is loaded when it is called. All need an admin key. */
export function describeUsers(program: Command, { output, resolve, onExit }: CommandContext): void {
  const users = program
    .command("users")
    .description("List the people who may sign in, create and disable them, and set their passwords.");

  addCommand(users, "list", "List all users of the installation.", ["client"]).action(
    async (_options: unknown, command: Command) => {
      const { listUsers } = await import("./users.ts");
      onExit(await listUsers(resolve(command).config, output));
    },
  );

  addCommand(users, "create", "Create a user, and give the user a role in the key's project.", ["client"])
    .argument("<email>", "e-mail address")
    .option("--name <name>", "name of the person; by default the e-mail address")
    .option("--admin", "administrator of the installation")
    .addOption(
      new Option("--role <role>", "role in all projects of the organisation").choices(["viewer", "editor", "owner"]),
    )
    .option("--no-password", "the person signs in with an identity provider only")
    .addHelpText(
      "after",
      `${PASSWORD_NOTE}

Examples:
  $ meshhook users create ann@example.com --name Ann --admin < password.txt
  $ meshhook users create bob@example.com --role editor --no-password`,
    )
    .action(
      async (
        email: string,
        options: {
          readonly name?: string;
          readonly admin?: true;
          readonly role?: "viewer" | "editor" | "owner";
          readonly password: boolean;
        },
        command: Command,
      ) => {
        const { createUser } = await import("./users.ts");
        const request = {
          email,
          name: options.name ?? email,
          isAdmin: options.admin === true,
          role: options.role ?? null,
          hasPassword: options.password,
        };
        onExit(await createUser(request, resolve(command).config, output));
      },
    );

  addCommand(users, "disable", "Keep a user from signing in, and end all sessions of the user.", ["client"])
    .argument("<email>", "e-mail address")
    .action(async (email: string, _options: unknown, command: Command) => {
      const { setDisabled } = await import("./users.ts");
      onExit(await setDisabled({ email, isDisabled: true }, resolve(command).config, output));
    });

  addCommand(users, "enable", "Let a disabled user sign in again.", ["client"])
    .argument("<email>", "e-mail address")
    .action(async (email: string, _options: unknown, command: Command) => {
      const { setDisabled } = await import("./users.ts");
      onExit(await setDisabled({ email, isDisabled: false }, resolve(command).config, output));
    });

  addCommand(users, "reset-password", "Set a user's password, and end all sessions of the user.", ["client"])
    .argument("<email>", "e-mail address")
    .addHelpText("after", PASSWORD_NOTE)
    .action(async (email: string, _options: unknown, command: Command) => {
      const { resetPassword } = await import("./users.ts");
      onExit(await resetPassword(email, resolve(command).config, output));
    });
}
