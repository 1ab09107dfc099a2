import { randomBytes } from "node:crypto";

import type { SecretBox } from "../secret/secret-box.ts";

const BYTES = 32;

/** A new key for the pseudonyms and digests of a project, sealed. */
export function newPseudonymKey(box: SecretBox, projectId: string): string {
  return box.seal(projectId, randomBytes(BYTES).toString("base64"), "pseudonym-key");
}

/** @throws Like `SecretBox.open`. */
export function openPseudonymKey(box: SecretBox, projectId: string, sealed: string): Buffer {
  return box.open(projectId, sealed, "pseudonym-key");
}
