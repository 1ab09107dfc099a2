import type { Client, UserResource } from "@meshhook/contract";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import { readConfidential } from "../standard-input.ts";

/** What `meshhook users create` was asked to do. */
export interface NewUserRequest {
  readonly email: string;
  readonly name: string;
  readonly isAdmin: boolean;
  /** In all projects of the organisation; null: none yet. */
  readonly role: "viewer" | "editor" | "owner" | null;
  readonly hasPassword: boolean;
}

export async function listUsers(config: Config, output: Output): Promise<ExitName> {
  const { items } = await withConnection(connect(config), (client) => client.listUsers());
  if (items.length === 0) output.line("There are no users yet. Create one: meshhook users create <email> --admin");
  for (const user of items) output.line(lineOf(user));
  return "ok";
}

export async function createUser(request: NewUserRequest, config: Config, output: Output): Promise<ExitName> {
  const { email, name, isAdmin, role, hasPassword } = request;
  const password = hasPassword ? { password: await readPassword() } : {};
  const created = await withConnection(connect(config), async (client) => {
    const user = await client.createUser({ body: { email, name, isAdmin, ...password } });
    if (role !== null) await client.addMember({ body: { email, role, reach: "organisation" } });
    return user;
  });
  output.line(lineOf(created));
  if (role === null && !isAdmin)
    output.line("The user has no role in any project yet: an owner adds members in the settings of a project.");
  return "ok";
}

export async function setDisabled(
  { email, isDisabled }: { readonly email: string; readonly isDisabled: boolean },
  config: Config,
  output: Output,
): Promise<ExitName> {
  const changed = await withConnection(connect(config), async (client) =>
    client.updateUser({ userId: await idOf(client, email), body: { isDisabled } }),
  );
  output.line(lineOf(changed));
  return "ok";
}

export async function resetPassword(email: string, config: Config, output: Output): Promise<ExitName> {
  const password = await readPassword();
  const changed = await withConnection(connect(config), async (client) =>
    client.resetPassword({ userId: await idOf(client, email), body: { password } }),
  );
  output.line(`${changed.email} has another password, and is signed out everywhere within 5 seconds.`);
  return "ok";
}

async function idOf(client: Client, email: string): Promise<string> {
  const user = (await client.listUsers()).items.find((one) => one.email === email.toLowerCase());
  if (user === undefined)
    throw new CommandError("badInput", `There is no user ${email}. meshhook users list shows all of them.`);
  return user.id;
}

async function readPassword(): Promise<string> {
  return (await readConfidential("The password")).replace(/\r?\n$/, "");
}

function lineOf({ email, name, isAdmin, hasPassword, disabledAt }: UserResource): string {
  const kind = isAdmin ? "administrator" : "user";
  const way = hasPassword ? "signs in with a password" : "signs in with an identity provider";
  return `${email}  ${name}  ${kind}, ${disabledAt === null ? way : `disabled since ${disabledAt}`}`;
}
