import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import type { Payload } from "./generator/protocol.ts";

/**
 * What the webhooks carry: GitHub's own published example deliveries (npm `@octokit/webhooks-examples`), and seeded synthetic ones.
 * Neither holds anybody's data: GitHub's examples are made of the fictitious user Codertocat.
 */
export type PayloadName = "github-issues-small" | "github-issues-full";

/** GitHub's `issues` delivery, action `opened`: whole (about 11.7 kB), or cut to what a workflow reads (1 010 bytes). */
export function githubIssuesPayload(name: PayloadName): Payload {
  const opened = issuesOpened();
  const body = name === "github-issues-full" ? opened : trimmed(opened);
  return { body: JSON.stringify(body), headers: { "x-github-event": "issues", "user-agent": "GitHub-Hookshot/bench" } };
}

/** The payload with the signature that GitHub would send with it: HMAC-SHA256 of the body. */
export function signed(payload: Payload, secret: string): Payload {
  const digest = createHmac("sha256", secret).update(payload.body).digest("hex");
  return { body: payload.body, headers: { ...payload.headers, "x-hub-signature-256": `sha256=${digest}` } };
}

/** An order of about `bytes` bytes: the same seed and size give the same text. */
export function syntheticPayload(seed: number, bytes: number): Payload {
  const random = randomOf(seed);
  const digits = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 10)).join("");
  const order = {
    id: digits(12),
    currency: "EUR",
    items: [] as { readonly sku: string; readonly quantity: number; readonly priceCents: number }[],
  };
  do {
    order.items.push({
      sku: `SKU-${digits(8)}`,
      quantity: 1 + Math.floor(random() * 9),
      priceCents: 100 + Math.floor(random() * 99_900),
    });
  } while (JSON.stringify(order).length < bytes);
  return { body: JSON.stringify(order), headers: {} };
}

interface IssuesOpened {
  readonly action: string;
  readonly issue: { readonly [field: string]: unknown; readonly user: Person; readonly labels: readonly Label[] };
  readonly repository: { readonly [field: string]: unknown; readonly owner: Person };
  readonly sender: Person;
}
interface Person {
  readonly login: string;
  readonly id: number;
  readonly type: string;
}
interface Label {
  readonly name: string;
  readonly color: string;
}

function issuesOpened(): IssuesOpened {
  const require = createRequire(import.meta.url);
  const catalogue = require("@octokit/webhooks-examples") as readonly {
    readonly name: string;
    readonly examples: readonly IssuesOpened[];
  }[];
  const example = catalogue
    .find((event) => event.name === "issues")
    ?.examples.find((candidate) => candidate.action === "opened" && JSON.stringify(candidate).length > 8_000);
  if (example === undefined)
    throw new Error("@octokit/webhooks-examples holds no full issues.opened example any more.");
  return example;
}

const SMALL_BYTES = 1_010;

/** The fields that the example workflows read, and the issue's text filled up to 1 010 bytes. */
function trimmed({ action, issue, repository, sender }: IssuesOpened): object {
  const person = ({ login, id, type }: Person) => ({ login, id, type });
  const build = (text: string) => ({
    action,
    issue: {
      id: issue["id"],
      number: issue["number"],
      title: issue["title"],
      state: issue["state"],
      html_url: issue["html_url"],
      user: person(issue.user),
      labels: issue.labels.map(({ name, color }) => ({ name, color })),
      created_at: issue["created_at"],
      body: text,
    },
    repository: {
      id: repository["id"],
      name: repository["name"],
      full_name: repository["full_name"],
      html_url: repository["html_url"],
      default_branch: repository["default_branch"],
      owner: person(repository.owner),
    },
    sender: person(sender),
  });
  const text = `${String(issue["body"])} `;
  const missing = SMALL_BYTES - JSON.stringify(build("")).length;
  return build(text.repeat(Math.ceil(missing / text.length)).slice(0, missing));
}

/** Mulberry32: small, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
