import { createRequire } from "node:module";
import { seededRandom } from "../stats/index.ts";
import { sizeText } from "../shape/units.ts";
import type { Payload } from "./generator/protocol.ts";

/**
 * What webhooks carry without a file of one's own: GitHub's published example delivery (npm `@octokit/webhooks-examples`), with seeded
 * variations. It holds nobody's data: GitHub's examples are made of the fictitious user Codertocat.
 */
export const PAYLOADS = {
  "github-issues-small": "GitHub's `issues` delivery, cut down to the fields that the workflows read: 1,010 bytes",
  "github-issues-full": "GitHub's `issues` delivery as GitHub publishes it: about 11.7 kB",
} as const;

export type PayloadName = keyof typeof PAYLOADS;

/** What the webhooks of a scenario carry. */
export type PayloadSource =
  | { readonly kind: "built-in"; readonly name: PayloadName }
  /** GitHub's `issues` delivery, cut down and filled up to so many bytes. */
  | { readonly kind: "sized"; readonly bytes: number }
  /** Files of JSON, which take turns. */
  | { readonly kind: "files"; readonly files: readonly { readonly path: string; readonly text: string }[] };

/** What most scenarios send. */
export const SMALL = { kind: "built-in", name: "github-issues-small" } as const satisfies PayloadSource;

/** What an author would demand of GitHub's `issues` delivery: types, patterns, ranges, a choice and a list, three levels deep. */
export const GITHUB_ISSUES_SCHEMA = {
  type: "object",
  required: ["action", "issue", "repository", "sender"],
  properties: {
    action: { enum: ["opened", "closed", "edited", "reopened"] },
    issue: {
      type: "object",
      required: ["number", "title", "user", "labels"],
      properties: {
        number: { type: "integer", minimum: 1 },
        title: { type: "string", minLength: 1, maxLength: 256 },
        user: { $ref: "#/$defs/person" },
        labels: {
          type: "array",
          maxItems: 100,
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, color: { type: "string", pattern: "^[0-9a-f]{6}$" } },
          },
        },
      },
    },
    repository: { type: "object", required: ["owner"], properties: { owner: { $ref: "#/$defs/person" } } },
    sender: { $ref: "#/$defs/person" },
  },
  $defs: {
    person: {
      type: "object",
      required: ["login", "id"],
      properties: { login: { type: "string", pattern: "^[A-Za-z0-9-]+$" }, id: { type: "integer" } },
    },
  },
} as const;

/** As many different bodies take turns. */
const VARIATIONS = 64;
/** Fewer of them where they are large: together they are kept in memory, by the benchmark and by its generator. */
const VARIED_BYTES_MAX = 16_000_000;
const VARIATIONS_MIN = 8;
/** Below this, even the fields that the workflows read have no room. */
export const SIZED_BYTES_MIN = 300;
/** One issue in eight is closed instead of opened: workflows have two branches, and both must be taken. */
const CLOSED_EVERY = 8;

/**
 * The bodies of a source, which take turns.
 *
 * @param seed  The same seed gives the same bodies. Files are what they are.
 * @param countMin  At least so many different ones, but for files.
 */
export function payloadsOf(source: PayloadSource, seed: number, countMin = 1): readonly Payload[] {
  if (source.kind === "files") return source.files.map(({ text }) => ({ body: text, headers: {} }));
  if (source.kind === "built-in" && source.name === "github-issues-full")
    return variations(Math.max(VARIATIONS, countMin), seed, (varied) => varied);
  const bytes = source.kind === "sized" ? source.bytes : SMALL_BYTES;
  const count = Math.max(VARIATIONS_MIN, Math.min(VARIATIONS, Math.floor(VARIED_BYTES_MAX / bytes)));
  return variations(Math.max(count, countMin), seed, (varied) => trimmed(varied, bytes));
}

/** A source in a few words. */
export function payloadText(source: PayloadSource): string {
  if (source.kind === "built-in") return source.name;
  if (source.kind === "sized") return `github-issues of ${sizeText(source.bytes)}`;
  const [first] = source.files;
  return source.files.length === 1 && first !== undefined ? first.path : `${String(source.files.length)} files`;
}

/**
 * GitHub's `issues` delivery in variations that all are of one length: other numbers, titles and authors, and one in eight `closed`
 * instead of `opened`. Each is different from the others, so that a run that carries another's body is found.
 */
function variations(count: number, seed: number, form: (varied: IssuesOpened) => object): readonly Payload[] {
  const random = seededRandom(seed);
  const closed = Math.floor(random() * CLOSED_EVERY);
  const numbers = new Set<number>();
  while (numbers.size < count) numbers.add(100_000 + Math.floor(random() * 900_000));
  const letters = (count: number) =>
    Array.from({ length: count }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join("");
  const opened = issuesOpened();
  return [...numbers].map((number, index) => {
    const varied: IssuesOpened = {
      ...opened,
      action: index % CLOSED_EVERY === closed ? "closed" : "opened",
      issue: {
        ...opened.issue,
        number,
        title: `Spelling error in ${letters(10)}`,
        user: { ...opened.issue.user, login: `Coder${letters(5)}` },
      },
    };
    return {
      body: JSON.stringify(form(varied)),
      headers: { "x-github-event": "issues", "user-agent": "GitHub-Hookshot/bench" },
    };
  });
}

/** GitHub's `issues` delivery, action `opened`: whole (about 11.7 kB), or cut to what a workflow reads (1 010 bytes). */
export function githubIssuesPayload(name: PayloadName): Payload {
  const opened = issuesOpened();
  const body = name === "github-issues-full" ? opened : trimmed(opened, SMALL_BYTES);
  return { body: JSON.stringify(body), headers: { "x-github-event": "issues", "user-agent": "GitHub-Hookshot/bench" } };
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

/** The fields that the workflows read and some around them, and the issue's text filled up to `bytes`. */
function trimmed({ action, issue, repository, sender }: IssuesOpened, bytes: number): object {
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
  const buildLeast = (text: string) => ({
    action,
    issue: { number: issue["number"], title: issue["title"], user: { login: issue.user.login }, body: text },
    repository: { full_name: repository["full_name"] },
  });
  const filled = (shape: (text: string) => object) => {
    const text = `${String(issue["body"])} `;
    const missing = bytes - JSON.stringify(shape("")).length;
    return missing < 0 ? null : shape(text.repeat(Math.ceil(missing / text.length)).slice(0, missing));
  };
  const body = filled(build) ?? filled(buildLeast);
  if (body === null)
    throw new RangeError(`A delivery of ${String(bytes)} bytes has no room for the fields that workflows read.`);
  return body;
}
