/** A text is not XML that is read here, or a value cannot be written as XML. The message says where and why. Step error `xml_invalid`. */
export class XmlFault extends Error {
  override readonly name = "XmlFault";
}
