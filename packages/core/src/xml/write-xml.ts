import { countUnits } from "../expression/budget.ts";
import type { Json, JsonObject } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { isNumeric, numberText } from "../json-number.ts";
import { escapeMarkup, RequestError, requireWhole } from "../run/request-values.ts";
import { XmlFault } from "./xml-fault.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const ELEMENT_UNITS = 25;
const TEXT_UNITS = 25;

/** XML 1.0, productions 4 and 4a. */
const START =
  ":A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}-\\u{200d}\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}";
const NAME = new RegExp(`^[${START}][${START}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}-\\u{2040}]*$`, "u");

/**
 * Writes JSON as an XML document; the reverse of `readXml`.
 *
 * The value is an object with one member, the root element. Members `@name` are attributes, `#text` is text, and others are elements in the
 * order of the object; a list repeats the element, and one that is empty gives none. Null is an empty element, and leaves an attribute out.
 * Numbers are written in digits.
 *
 * @throws XmlFault
 */
export function writeXml(value: Json): string {
  if (!isObject(value))
    throw new XmlFault(`XML is written from an object with the root element, not from ${kindOf(value)}`);
  const names = Object.keys(value);
  const [root = ""] = names;
  const content = value[root] ?? null;
  if (names.length !== 1 || isArray(content)) {
    throw new XmlFault(
      `An XML document has one root element; the value has ${isArray(content) && names.length === 1 ? "a list of them" : names.length}. Wrap it, as in {"root": …}`,
    );
  }
  return DECLARATION + element(root, content);
}

function element(name: string, value: Json): string {
  checkName(name, `The element "${name.toWellFormed()}"`);
  countUnits(ELEMENT_UNITS + (name.length >>> 2));
  if (isArray(value)) throw new XmlFault(`The element "${name}" is a list inside a list; give each list a name`);
  if (!isObject(value)) {
    const text = value === null ? "" : textOf(value, name);
    return text === "" ? `<${name}/>` : `<${name}>${text}</${name}>`;
  }
  const attributes = attributesOf(value, name);
  const content = contentOf(value, name);
  return content === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

function attributesOf(value: JsonObject, parent: string): string {
  let written = "";
  for (const key of Object.keys(value)) {
    if (!key.startsWith("@")) continue;
    const attribute = value[key] ?? null;
    const name = key.slice(1);
    checkName(name, `The attribute "${key.toWellFormed()}" of "${parent}"`);
    if (attribute === null) continue;
    // A parser reads line breaks and tabs in attributes as blanks, unless they are written as references.
    const text = textOf(attribute, `${parent}/${key}`).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
    written += ` ${name}="${text}"`;
  }
  return written;
}

function contentOf(value: JsonObject, parent: string): string {
  let written = "";
  for (const key of Object.keys(value)) {
    if (key.startsWith("@")) continue;
    const child = value[key] ?? null;
    if (key === "#text") written += child === null ? "" : textOf(child, `${parent}/#text`);
    else if (isArray(child)) for (const item of child) written += element(key, item);
    else written += element(key, child);
  }
  return written;
}

function textOf(value: Json, place: string): string {
  const text = isNumeric(value) ? numberText(value) : typeof value === "boolean" ? String(value) : value;
  if (typeof text !== "string") throw new XmlFault(`"${place}" is ${kindOf(value)}; give text, a number or a boolean`);
  countUnits(TEXT_UNITS + (text.length >>> 1));
  try {
    // A parser reads a carriage return as a line feed, unless it is written as a reference.
    return escapeMarkup(requireWhole(text, `"${place}"`)).replaceAll("\r", "&#13;");
  } catch (error) {
    if (error instanceof RequestError) throw new XmlFault(error.message);
    throw error;
  }
}

function checkName(name: string, what: string): void {
  if (!NAME.test(name)) {
    throw new XmlFault(
      `${what} has a name that XML does not allow; begin with a letter, and use letters, digits, ".", "-" and "_"`,
    );
  }
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return isNumeric(value) ? "a number" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
