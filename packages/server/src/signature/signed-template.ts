import type { SignatureSettings } from "@meshhook/contract";

const PLACE = /\{([^{}]*)\}/g;
const PLACES = ["body", "timestamp", "id", "method", "url"] as const;
export type Place = (typeof PLACES)[number];

/** A text that is signed: pieces of it in turn with places, beginning and ending with a piece, which may be empty. */
export interface SignedTemplate {
  readonly texts: readonly string[];
  readonly places: readonly Place[];
  /** Nothing that a query may contain follows the address directly, so none of the query can become part of what follows. */
  readonly endsAddress: boolean;
}

/** A template that must not be used. The message names the remedy. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/**
 * Reads `signed` of an HMAC by hand.
 *
 * Two requests that differ must not have the same signed text: where the length of a place varies, something separates it from its
 * neighbor that it cannot contain itself.
 *
 * @throws TemplateError
 */
export function readTemplate({ hmac, url }: SignatureSettings): SignedTemplate {
  const { signed = "{body}", timestampHeader, timestampFormat, idHeader } = hmac ?? {};
  const places = [...signed.matchAll(PLACE)].map(([, name = ""]) => placeOf(name));
  const texts = signed.split(/\{[^{}]*\}/);
  if (texts.some((text) => /[{}]/.test(text))) throw new TemplateError("A brace in signed belongs to no place");
  if (!places.includes("body") || new Set(places).size < places.length)
    throw new TemplateError("What is signed must contain {body}, and no place twice");
  requireTogether("{timestamp}", "timestampHeader", places.includes("timestamp"), timestampHeader !== undefined);
  requireTogether("{id}", "idHeader", places.includes("id"), idHeader !== undefined);
  if (timestampFormat !== undefined && timestampHeader === undefined)
    throw new TemplateError("The setting timestampFormat needs timestampHeader");
  const alphabets = { id: /[A-Za-z0-9_-]/, timestamp: timestampFormat === "iso" ? /[0-9TZ:.+-]/ : null };
  const bodyAt = places.indexOf("body");
  for (const [at, place] of places.entries()) {
    const alphabet = place === "id" || place === "timestamp" ? alphabets[place] : null;
    if (alphabet === null) continue;
    // What comes before the body is read from the left, what comes after it from the right.
    const beside = at < bodyAt ? texts[at + 1]?.at(0) : texts[at]?.at(-1);
    if (beside === undefined || alphabet.test(beside))
      throw new TemplateError(
        `{${place}} in signed must be separated from its neighbor by a character that it cannot contain, such as a dot or a line break`,
      );
  }
  const urlAt = places.indexOf("url");
  const endsAddress = urlAt === -1 || urlAt === places.length - 1 || /^[\n ]/.test(texts[urlAt + 1] ?? "");
  if (!endsAddress && url === undefined)
    throw new TemplateError("{url} must be followed by a line break or a space in signed, or url must be set");
  return { texts, places, endsAddress };
}

function placeOf(name: string): Place {
  const place = PLACES.find((each) => each === name);
  if (place === undefined)
    throw new TemplateError(`{${name}} in signed is not one of ${PLACES.map((each) => `{${each}}`).join(", ")}`);
  return place;
}

function requireTogether(place: string, setting: string, hasPlace: boolean, hasSetting: boolean): void {
  if (hasPlace && !hasSetting) throw new TemplateError(`${place} in signed needs ${setting}`);
  if (hasSetting && !hasPlace)
    throw new TemplateError(
      `The setting ${setting} needs ${place} in signed, because what is not signed proves nothing`,
    );
}
