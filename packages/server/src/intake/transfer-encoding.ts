import { invalidPart } from "./part-headers.ts";

/**
 * Undoes a part's Content-Transfer-Encoding (RFC 2045, section 6), which RFC 7578 deprecates and some senders still write.
 *
 * @throws HttpProblem  `multipart_invalid`: the encoding is unknown, or the bytes are not in it. Nothing is cut or guessed.
 */
export function withoutTransferEncoding(bytes: Buffer, encoding: string | null): Buffer {
  switch (encoding?.toLowerCase() ?? "") {
    case "":
    case "7bit":
    case "8bit":
    case "binary":
      return bytes;
    case "base64":
      return ofBase64(bytes);
    case "quoted-printable":
      return ofQuotedPrintable(bytes);
    default:
      throw invalidPart(
        `A part's Content-Transfer-Encoding "${encoding?.slice(0, 40)}" is not supported; send the part unencoded`,
      );
  }
}

function ofBase64(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1").replace(/[ \t\r\n]+/g, "");
  const decoded = Buffer.from(text, "base64");
  // The platform silently stops at unknown characters and fills in missing ones.
  if (decoded.toString("base64") !== text)
    throw invalidPart("A part says that it is base64, but it is not complete, valid base64");
  return decoded;
}

function ofQuotedPrintable(bytes: Buffer): Buffer {
  // By the RFC, blanks at the end of a line were added in transit, also after the sign that joins lines.
  const text = bytes.toString("latin1").replace(/[ \t]+(?=\r?\n|$)/g, "");
  if (/[^\t\r\n -~]/.test(text) || /=(?!\r?\n|[0-9A-F]{2})/i.test(text))
    throw invalidPart("A part says that it is quoted-printable, but it is not");
  const plain = text
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, "latin1");
}
