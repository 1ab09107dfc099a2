import { parseXml, type XmlElement, XmlError } from "@rgrove/parse-xml";
import { countUnits } from "../expression/budget.ts";
import type { Json } from "../json.ts";
import { emptyObject, isArray } from "../json-kind.ts";
import { XmlFault } from "./xml-fault.ts";

const DEPTH_MAX = 64;
const ELEMENTS_MAX = 100_000;
/** The cost of a tag, a comment or a section besides its characters. */
const MARKUP_UNITS = 30;

/**
 * Reads an XML document as JSON: `{ root: … }`.
 *
 * An element that has only text is that text, unchanged, digits included; any other is an object: attributes as `@name`, elements by name in
 * the order in which each first comes, and text beside them as `#text`, unless it is only white space. A repeated element is a list. Names
 * keep their namespace prefix, and `xmlns` is an attribute like any other. CDATA is text. Comments and processing instructions are left out.
 *
 * A document type is refused: it could define entities that multiply, or that name files.
 *
 * @param lists  The names of elements that are a list even if they come once.
 * @throws XmlFault
 */
export function readXml(text: string, lists: ReadonlySet<string>): Json {
  checkShape(text);
  let root: XmlElement | null;
  try {
    root = parseXml(text).root;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    // Further lines show the place, which may be long.
    throw new XmlFault(error.message.split("\n", 1)[0] ?? "");
  }
  const document = emptyObject();
  if (root !== null) add(document, root, lists);
  return document;
}

function add(parent: { [name: string]: Json }, element: XmlElement, lists: ReadonlySet<string>): void {
  const { name } = element;
  const value = valueOf(element, lists);
  const before = parent[name];
  if (before === undefined) parent[name] = lists.has(name) ? [value] : value;
  // Only this function makes lists, and it owns them.
  else if (isArray(before)) (before as Json[]).push(value);
  else parent[name] = [before, value];
}

function valueOf(element: XmlElement, lists: ReadonlySet<string>): Json {
  const value = emptyObject();
  let isText = true;
  for (const [name, attribute] of Object.entries(element.attributes)) {
    value[`@${name}`] = attribute;
    isText = false;
  }
  let text = "";
  let hasElements = false;
  for (const child of element.children) {
    if (isElement(child)) {
      add(value, child, lists);
      hasElements = true;
    } else if ("text" in child && typeof child.text === "string") {
      text += child.text;
    }
  }
  if (isText && !hasElements) return text;
  if (hasElements ? /[^ \t\r\n]/.test(text) : text !== "") value["#text"] = text;
  return value;
}

function isElement(node: { readonly type: string }): node is XmlElement {
  return node.type === "element";
}

/** What the parser must not be given: it calls itself for each level. Anything else that is wrong it finds itself. */
function checkShape(text: string): void {
  countUnits(text.length);
  let depth = 0;
  let pieces = 0;
  let elements = 0;
  let at = text.indexOf("<");
  while (at !== -1) {
    const end = endOfMarkup(text, at);
    if (end === -1) break;
    if (text.startsWith("<!DOCTYPE", at)) {
      throw new XmlFault(
        `The document has a document type, which is refused (offset ${at}); send it without <!DOCTYPE>`,
      );
    }
    pieces += 1;
    const second = text.charAt(at + 1);
    if (second === "/") depth -= 1;
    else if (second !== "!" && second !== "?") {
      elements += 1;
      if (text.charAt(end - 2) !== "/") depth += 1;
    }
    if (depth > DEPTH_MAX) throw new XmlFault(`Elements are nested deeper than ${DEPTH_MAX} levels (offset ${at})`);
    if (elements > ELEMENTS_MAX) throw new XmlFault(`The document has more than ${ELEMENTS_MAX} elements`);
    at = text.indexOf("<", end);
  }
  countUnits(pieces * MARKUP_UNITS);
}

/** The offset behind a tag, a comment, a CDATA section or an instruction; −1 if it does not end. */
function endOfMarkup(text: string, start: number): number {
  if (text.startsWith("<!--", start)) return after(text, "-->", start + 4);
  if (text.startsWith("<![CDATA[", start)) return after(text, "]]>", start + 9);
  if (text.startsWith("<?", start)) return after(text, "?>", start + 2);
  let at = start + 1;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === ">") return at + 1;
    if (char === '"' || char === "'") {
      const closing = text.indexOf(char, at + 1);
      if (closing === -1) return -1;
      at = closing;
    }
    at += 1;
  }
  return -1;
}

function after(text: string, search: string, from: number): number {
  const at = text.indexOf(search, from);
  return at === -1 ? -1 : at + search.length;
}
