import { type CallRequest, type Reference, referenceText, type RequestReference } from "@meshhook/core";

import type { OutgoingRequest } from "../call/outgoing-request.ts";
import { SecretFault } from "./secret-source.ts";

/** Gives what belongs in the place of a reference. @throws SecretFault */
export type ReferenceValues = (reference: Reference) => string;

/**
 * Puts values in the places of a request that hold references, and bytes in those that hold Base64.
 *
 * @throws SecretFault when a value cannot stand in its place.
 */
export function fillReferences(request: CallRequest, valueOf: ReferenceValues): OutgoingRequest {
  const { references = [], base64 = [], signingKeys: _keys, tls: _tls, body, ...rest } = request;
  const fill = (part: RequestReference["part"], text: string): string =>
    pieces(text, ofPart(references, part), (found) => written(found, valueOf(found.reference))).join("");
  const url = fill("url", request.url);
  requireNoDots(url, references);
  const headers: { [name: string]: string } = {};
  const secretHeaders = new Set<string>();
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = fill(`headers.${name}`, value);
    if (headers[name] !== value) secretHeaders.add(name);
  }
  const filled: OutgoingRequest = { ...rest, url, headers, secretHeaders };
  if (body === undefined) return filled;
  const inBody = ofPart(references, "body");
  const bytes = base64.map((range) => ({ ...range, reference: null }));
  const places = [...inBody, ...bytes].toSorted((left, right) => left.at - right.at);
  const parts = pieces(body, places, (place, text) =>
    place.reference === null ? Buffer.from(text, "base64") : written(place, valueOf(place.reference)),
  );
  return {
    ...filled,
    body: bytes.length === 0 ? parts.join("") : Buffer.concat(parts.map((part) => Buffer.from(part as string))),
    ...(inBody.length === 0 ? undefined : { hasSecretBody: true as const }),
  };
}

function ofPart(references: readonly RequestReference[], part: RequestReference["part"]): readonly RequestReference[] {
  return references.filter((reference) => reference.part === part);
}

/** Cuts a text at places in order, and replaces each of them. */
function pieces<P extends { readonly at: number; readonly length: number }, R>(
  text: string,
  places: readonly P[],
  replace: (place: P, text: string) => R,
): (string | R)[] {
  const result: (string | R)[] = [];
  let done = 0;
  for (const place of places) {
    const end = place.at + place.length;
    result.push(text.slice(done, place.at), replace(place, text.slice(place.at, end)));
    done = end;
  }
  result.push(text.slice(done));
  return result;
}

function written({ part, form, reference }: RequestReference, value: string): string {
  if (!value.isWellFormed()) throw invalid(reference, "holds half of a surrogate pair");
  switch (form) {
    case "url":
      return encodeURIComponent(value);
    case "form":
      return new URLSearchParams([["", value]]).toString().slice(1);
    case "json":
      return JSON.stringify(value).slice(1, -1);
    case "markup":
      return value.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
    case "text":
    default:
      if (part !== "body" && !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
        throw invalid(
          reference,
          "holds a line break, a control character or one beyond U+00FF, which a header cannot hold",
        );
      }
      return value;
  }
}

/** Targets resolve dot segments: a value of ".." would leave the path that the author wrote. */
function requireNoDots(url: string, references: readonly RequestReference[]): void {
  const path = url.split("?", 1)[0] ?? "";
  const found = references.find(({ part }) => part === "url");
  if (found === undefined || !/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(path)) return;
  throw invalid(found.reference, `makes a path segment "." or ".."`);
}

function invalid(reference: Reference, what: string): SecretFault {
  const named = reference.kind === "secret" ? `secret ${reference.name}` : `link ${referenceText(reference)}`;
  return new SecretFault("secret_invalid", `The ${named} ${what}. The request was not sent`);
}
