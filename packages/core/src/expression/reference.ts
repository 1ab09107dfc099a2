import type { Expression } from "./index.ts";

/** Something that a run must not know. Its place in a request is filled when the request is sent. */
export type Reference = SecretReference | LinkReference;

export interface SecretReference {
  readonly kind: "secret";
  readonly name: string;
}

/** A link that sends the run a signal. */
export interface LinkReference {
  readonly kind: "link";
  /** The name of the signal. */
  readonly signal: string;
  /** Its payload, a text; null: none. */
  readonly choice: string | null;
}

const REFERENCE =
  /^\s*(secrets|links)\s*\.\s*([A-Za-z_][A-Za-z0-9_]{0,63})(?:\s*\.\s*([A-Za-z_][A-Za-z0-9_]{0,63}))?\s*$/;

/**
 * While a request is rendered, a marker stands for a reference: what people see, `{{ secrets.NAME }}`, with these characters at its ends.
 * Unicode keeps them for use inside a program (noncharacters), but a webhook can hold them all the same, so the markers are counted.
 */
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";
const MARKER = /\uFDD0\{ ((?:secrets|links)(?:\.[A-Za-z0-9_]+)+) \}\uFDD1/g;

/** The reference that the text of a hole is; null for any other expression. */
export function readReference(text: string): Reference | null {
  const [, root, name = "", choice = null] = REFERENCE.exec(text) ?? [];
  if (root === "links") return { kind: "link", signal: name, choice };
  return root === undefined || choice !== null ? null : { kind: "secret", name };
}

/** The reference as an author writes it, without braces: `secrets.API_KEY`, `links.approve.yes`. */
export function referenceText(reference: Reference): string {
  if (reference.kind === "secret") return `secrets.${reference.name}`;
  return `links.${reference.signal}${reference.choice === null ? "" : `.${reference.choice}`}`;
}

/** An expression whose value is the marker of a reference. */
export function referenceExpression(text: string, reference: Reference): Expression {
  const marker = `${OPEN}{ ${referenceText(reference)} }${CLOSE}`;
  return { text, reference, program: { run: () => marker, weight: 1, selectsOnly: true } };
}

/** Encodes a text, but not the markers in it. */
export function encodeAroundMarkers(text: string, encode: (text: string) => string): string {
  if (!text.includes(OPEN)) return encode(text);
  let result = "";
  let done = 0;
  for (const { 0: marker, index } of text.matchAll(MARKER)) {
    result += encode(text.slice(done, index)) + marker;
    done = index + marker.length;
  }
  return result + encode(text.slice(done));
}

/** How many characters that begin a marker a text holds, including those of a sender who tries to forge one. */
export function countMarkers(text: string): number {
  let count = 0;
  for (let at = text.indexOf(OPEN); at !== -1; at = text.indexOf(OPEN, at + 1)) count += 1;
  return count;
}

/** The text as people see it: of the same length, so that every place stays where it is. */
export function showMarkers(text: string): string {
  return text.replaceAll(OPEN, "{").replaceAll(CLOSE, "}");
}

/** The references whose markers a text holds, and where each marker is. */
export function markedReferences(
  text: string,
): { readonly reference: Reference; readonly at: number; readonly length: number }[] {
  if (!text.includes(OPEN)) return [];
  const found: { readonly reference: Reference; readonly at: number; readonly length: number }[] = [];
  for (const { 0: marker, 1: written = "", index } of text.matchAll(MARKER)) {
    const reference = readReference(written);
    if (reference !== null) found.push({ reference, at: index, length: marker.length });
  }
  return found;
}
