import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { CallRequest, ChildEffect } from "../effect.ts";

/** A request without its body, so that many can be kept and compared. */
export interface RequestDigest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  /** Hex; null when there is no body. */
  readonly bodySha256: string | null;
}

export function digestOf({ method, url, headers, body }: CallRequest): RequestDigest {
  return { method, url, headers, bodySha256: body === undefined ? null : bytesToHex(sha256(utf8ToBytes(body))) };
}

/** What a run asks another workflow for, in the same form: its slug stands for the URL, its input for the body. */
export function childDigestOf({ workflow, input }: ChildEffect): RequestDigest {
  return digestOf({ method: "CALL", url: workflow, headers: {}, body: JSON.stringify(input), responseBytesMax: 0 });
}

/** The parts in which two requests differ; empty when they are the same. */
export function requestDifferences(before: RequestDigest, after: RequestDigest): readonly RequestPart[] {
  const parts: RequestPart[] = [];
  if (before.method !== after.method) parts.push("method");
  if (before.url !== after.url) parts.push("url");
  if (JSON.stringify(before.headers) !== JSON.stringify(after.headers)) parts.push("headers");
  if (before.bodySha256 !== after.bodySha256) parts.push("body");
  return parts;
}

export type RequestPart = "method" | "url" | "headers" | "body";
