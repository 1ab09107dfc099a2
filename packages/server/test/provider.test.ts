import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import Provider from "oidc-provider";

import { startHarness, type Harness } from "./harness.ts";
import { addUser, ask, cookieOf, OWN, type Answer } from "./people.ts";

const CLIENT = { id: "meshhook", secret: "canary-client-secret-81fe" };

/** The people whom the provider knows, by subject. */
const ACCOUNTS: { readonly [subject: string]: { readonly email?: string; readonly email_verified?: boolean } } = {
  ann: { email: "Ann@example.com", email_verified: true },
  unverified: { email: "bob@example.com", email_verified: false },
  impostor: { email: "ann@example.com", email_verified: true },
  stranger: { email: "stranger@elsewhere.example", email_verified: true },
  newcomer: { email: "newcomer@example.com", email_verified: true },
  nameless: {},
  disabled: { email: "disabled@example.com", email_verified: true },
};

let provider: HttpServer;
let issuer: string;
let harness: Harness;
/** The same installation, which takes newcomers of a domain. */
let open: Harness;

beforeAll(async () => {
  provider = createServer();
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const settings = {
    issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    name: "Example",
    domains: [],
    newcomers: null,
    publicUrl: "http://meshhook.example",
  };
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: ["http://meshhook.example/sign-in/provider"],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...ACCOUNTS[sub] }) }),
  });
  const handle = oidc.callback();
  provider.on("request", (request, response) => void handle(request, response));
  harness = await startHarness({ provider: settings });
  open = await startHarness({
    store: harness.store,
    key: harness.key,
    provider: { ...settings, domains: ["example.com"], newcomers: "viewer" },
  });
});
afterAll(async () => {
  await open.close();
  await harness.close();
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
});

/** What a person's browser does at the provider: it follows redirects and fills in forms, and comes back with a query. */
async function passProvider(url: string, subject: string): Promise<string> {
  const cookies = new Map<string, string>();
  let next: { readonly url: string; readonly form?: { readonly [name: string]: string } } = { url };
  for (let step = 0; step < 12; step++) {
    const response = await fetch(next.url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(next.form === undefined ? {} : { method: "POST", body: new URLSearchParams(next.form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const text = await response.text();
    const location = response.headers.get("location");
    if (location?.startsWith("http://meshhook.example/sign-in/provider?") === true) return new URL(location).search;
    if (location !== null) next = { url: new URL(location, next.url).href };
    else {
      const [, action = "", prompt = ""] = /action="([^"]+)"[\s\S]*name="prompt" value="(\w+)"/.exec(text) ?? [];
      const login = prompt === "login" ? { login: subject, password: "any" } : {};
      next = { url: new URL(action, next.url).href, form: { prompt, ...login } };
    }
  }
  throw new Error("The provider does not come to an end");
}

async function begin(at: Harness = harness): Promise<{ readonly url: string; readonly cookie: string }> {
  const begun = await ask(at, "POST", "/session/provider", OWN);
  expect([begun.status, begun.text]).toEqual([200, begun.text]);
  return { url: String(begun.body["url"]), cookie: cookieOf(begun, "provider") };
}

const finish = (query: string, cookie: string, at: Harness = harness): Promise<Answer> =>
  ask(at, "POST", "/session/provider/answer", { ...OWN, cookie }, { query: query.replace(/^\?/, "") });

async function signInAs(subject: string, at: Harness = harness): Promise<Answer> {
  const { url, cookie } = await begin(at);
  return finish(await passProvider(url, subject), cookie, at);
}
const codeOf = ({ status, body }: Answer): string => `${status} ${String(body["code"] ?? "")}`.trim();

describe("signing in with an OpenID provider", () => {
  it("asks it for a code with PKCE, state and nonce, which only a sealed cookie knows", async () => {
    const { url, cookie } = await begin();
    const asked = new URL(url).searchParams;
    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("redirect_uri")).toBe("http://meshhook.example/sign-in/provider");
    for (const name of ["state", "nonce", "code_challenge"]) expect(asked.get(name)?.length).toBeGreaterThan(20);
    expect(cookie).not.toContain(asked.get("state") ?? "none");
    expect((await ask(harness, "GET", "/session/options")).body["provider"]).toEqual({ name: "Example" });
  });

  it("lets a user in whose address the provider has verified, and knows the person from then on", async () => {
    const projectId = (await harness.store.catalog.listProjects())[0]?.id ?? "";
    const ann = await addUser(harness.store.people, "ann@example.com", { projectId, role: "editor" });
    const answer = await signInAs("ann");
    expect(answer.body).toMatchObject({ user: { id: ann.id }, role: "editor" });
    expect(answer.cookies.join()).toMatch(/meshhook_session_\w+=u\..*HttpOnly; SameSite=Strict/);
    expect((await ask(harness, "GET", "/session", { cookie: cookieOf(answer) })).status).toBe(200);
    expect(await harness.store.people.findUser({ issuer, subject: "ann" })).toMatchObject({ id: ann.id });
    expect((await signInAs("ann")).body).toMatchObject({ user: { id: ann.id } });
    // Another account of the provider with the same address: addresses are given to others.
    expect(codeOf(await signInAs("impostor"))).toBe("403 provider_refused");
    expect(harness.logged.join() + answer.text).not.toContain(CLIENT.secret);
  });

  it("refuses who is no user, whose address is not verified or missing, and who is disabled", async () => {
    const { people } = harness.store;
    await addUser(people, "bob@example.com");
    const gone = await addUser(people, "disabled@example.com");
    await people.updateUser(gone.id, { isDisabled: true });
    for (const subject of ["stranger", "unverified", "nameless", "disabled"]) {
      const answer = await signInAs(subject);
      expect([subject, codeOf(answer), answer.cookies]).toEqual([subject, "403 provider_refused", []]);
    }
  });

  it("takes newcomers of the configured domains, with the configured role, and nobody of another domain", async () => {
    expect((await signInAs("newcomer", open)).body).toMatchObject({
      user: { email: "newcomer@example.com", hasPassword: false },
      role: "viewer",
    });
    expect(codeOf(await signInAs("stranger", open))).toBe("403 provider_refused");
    await addUser(harness.store.people, "stranger@elsewhere.example");
    expect(codeOf(await signInAs("stranger", open))).toBe("403 provider_refused");
  });

  it("takes an answer only once, only with its own cookie, and only unchanged", async () => {
    const { url, cookie } = await begin();
    const query = await passProvider(url, "ann");
    const other = await begin();
    const changed = query.replace(/state=[^&]*/, "state=other");
    const elsewhere = query.replace(/iss=[^&]*/, "iss=https%3A%2F%2Felsewhere.example");
    for (const [given, sealed] of [
      [query, ""],
      [query, other.cookie],
      [query, `${cookie.slice(0, -4)}AAAA`],
      [changed, cookie],
      [elsewhere, cookie],
      ["error=access_denied&state=x", cookie],
      ["", cookie],
    ] as const)
      expect([given, codeOf(await finish(given, sealed))]).toEqual([
        given,
        given === "" ? "422 request_invalid" : "403 provider_refused",
      ]);
    expect((await finish(query, cookie)).status).toBe(201);
    expect(codeOf(await finish(query, cookie))).toBe("403 provider_refused");
  });

  it("says that the provider is away, and goes on when it is back", async () => {
    const away = await startHarness({
      store: harness.store,
      key: harness.key,
      provider: {
        issuer: "http://127.0.0.1:9",
        clientId: "x",
        clientSecret: "x",
        name: "Away",
        domains: [],
        newcomers: null,
        publicUrl: null,
      },
    });
    try {
      const answer = await ask(away, "POST", "/session/provider", OWN);
      expect(codeOf(answer)).toBe("503 provider_unavailable");
      expect(answer.headers["retry-after"]).toBeDefined();
    } finally {
      await away.close();
    }
  });
});
