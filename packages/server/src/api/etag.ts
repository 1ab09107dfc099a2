import { createHash } from "node:crypto";

/** What changes by use and not by people, what a revision stands for, and what follows from the rest. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "activeVersionNumber",
  "definition",
  "isPublished",
  "lastUsedAt",
  "sealedPseudonymKey",
  "usedAt",
]);
const CHARACTERS = 22;

/**
 * The state of something that is stored, as a tag that differs when anything of it does. It is made of the row, so that it can be compared
 * in the transaction of a change.
 */
export function stateTagOf(stored: object): string {
  return tagOf(JSON.stringify(Object.entries(stored).filter(([name]) => !LEFT_OUT.has(name))));
}

/**
 * The entity tag of an answer: of the whole, because an answer also says what follows from other things, such as the next times of a
 * schedule. One that shows a state begins with the tag of it, which is all that `If-Match` compares.
 */
export function entityTagOf(answer: object, text: string): string {
  const state = "etag" in answer && typeof answer.etag === "string" ? `${answer.etag}.` : "";
  return `"${state}${tagOf(text)}"`;
}

function tagOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, CHARACTERS);
}
