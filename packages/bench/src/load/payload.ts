import { createRequire } from "node:module";
import { seededRandom } from "../stats/index.ts";
import type { Payload } from "./generator/protocol.ts";

/**
 * What the webhooks carry: GitHub's own published example delivery (npm `@octokit/webhooks-examples`), with seeded variations. It holds
 * nobody's data: GitHub's examples are made of the fictitious user Codertocat.
 */
export type PayloadName = "github-issues-small" | "github-issues-full";

/** As many different bodies take turns. */
const VARIATIONS = 64;
/** One issue in eight is closed instead of opened: workflows have two branches, and both must be taken. */
const CLOSED_EVERY = 8;

/**
 * GitHub's `issues` delivery in variations that all are of one length: other numbers, titles and authors, and one in eight `closed`
 * instead of `opened`. Each is different from the others, so that a run that carries another's body is found.
 *
 * @param seed  The same seed gives the same bodies.
 */
export function payloadsOf(name: PayloadName, seed: number): readonly Payload[] {
  const random = seededRandom(seed);
  const closed = Math.floor(random() * CLOSED_EVERY);
  const numbers = new Set<number>();
  while (numbers.size < VARIATIONS) numbers.add(100_000 + Math.floor(random() * 900_000));
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
    const body = name === "github-issues-full" ? varied : trimmed(varied);
    return {
      body: JSON.stringify(body),
      headers: { "x-github-event": "issues", "user-agent": "GitHub-Hookshot/bench" },
    };
  });
}

/** GitHub's `issues` delivery, action `opened`: whole (about 11.7 kB), or cut to what a workflow reads (1 010 bytes). */
export function githubIssuesPayload(name: PayloadName): Payload {
  const opened = issuesOpened();
  const body = name === "github-issues-full" ? opened : trimmed(opened);
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
