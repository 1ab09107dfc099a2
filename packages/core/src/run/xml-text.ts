import type { Json } from "../json.ts";
import { writeXml } from "../xml/write-xml.ts";
import { XmlFault } from "../xml/xml-fault.ts";
import { RequestError } from "./request-values.ts";

/** Writes a body as XML. @throws RequestError for a value that XML has no form for. */
export function xmlText(value: Json): string {
  try {
    return writeXml(value);
  } catch (error) {
    if (error instanceof XmlFault) throw new RequestError(`The body cannot be written as XML: ${error.message}`);
    throw error;
  }
}
