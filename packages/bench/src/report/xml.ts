/** An XML element. @param content  Elements that are XML already. */
export function element(name: string, attributes: { readonly [name: string]: string | number }, content = ""): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`);
  return `<${name}${pairs.join("")}>${content}</${name}>`;
}

/** The first line of a document. */
export const XML_HEAD = `<?xml version="1.0" encoding="UTF-8"?>\n`;

const ENTITIES: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for a quoted attribute. XML has no way to write most control characters. */
function escape(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what XML cannot hold
  const written = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return written.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
