import { request as httpRequest } from "node:http";

import type { People, Role, User } from "@meshhook/journal";

import { Passwords } from "../src/identity/passwords.ts";
import type { Harness } from "./harness.ts";

export const PASSWORD = "correct horse battery";

export interface Answer {
  readonly status: number;
  readonly cookies: readonly string[];
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly text: string;
  readonly body: { readonly [name: string]: unknown };
}

/** What a page of this installation sends along. */
export const OWN = { "sec-fetch-site": "same-origin" };

/** Over a bare request: `fetch` adds Fetch Metadata of its own. */
export function ask(
  harness: Pick<Harness, "url">,
  method: string,
  path: string,
  headers: { readonly [name: string]: string } = {},
  body?: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${harness.url}/api/v1${path}`,
      { method, headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            cookies: response.headers["set-cookie"] ?? [],
            headers: response.headers,
            text,
            body: text === "" ? {} : JSON.parse(text),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const passwords = new Passwords();
let hashed: Promise<string> | null = null;

/** A user with `PASSWORD`, and with a role in the whole organisation of a project, if one is given. */
export async function addUser(
  people: People,
  email: string,
  given: {
    readonly isAdmin?: boolean;
    readonly role?: Role;
    readonly projectId?: string;
    readonly reach?: "project";
  } = {},
): Promise<User> {
  hashed ??= passwords.hash(PASSWORD);
  const { isAdmin = false, role, projectId, reach = "organisation" } = given;
  const user = await people.createUser({ email, name: email.split("@")[0] ?? "", password: await hashed, isAdmin });
  if (role !== undefined && projectId !== undefined)
    await people.setMember(projectId, { userId: user.id, reach, role });
  return user;
}

/** The name and value of a cookie that an answer sets, as a browser sends it back. */
export function cookieOf(answer: Answer, name = "session"): string {
  return answer.cookies.find((cookie) => cookie.startsWith(`meshhook_${name}_`))?.split(";", 1)[0] ?? "";
}

export async function signIn(harness: Pick<Harness, "url">, email: string, cookie = ""): Promise<string> {
  const answer = await ask(
    harness,
    "POST",
    "/session/password",
    { ...OWN, ...(cookie === "" ? {} : { cookie }) },
    { email, password: PASSWORD },
  );
  if (answer.status !== 201) throw new Error(`${email} cannot sign in: ${answer.text}`);
  return cookieOf(answer);
}
