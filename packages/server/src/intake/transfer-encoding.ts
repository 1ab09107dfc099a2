import { invalidPart } from "./part-headers.ts";

/**
 * Undoes a part's Content-Transfer-Encoding (RFC 2045, section 6), which RFC 7578 deprecates and some senders still write.
 *
 * @throws HttpProblem  `multipart_invalid`: it is not known here, or the bytes are not in it. Nothing is cut or guessed.
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
        `A part's Content-Transfer-Encoding "${encoding?.slice(0, 40)}" is not read here; send the part as it is`,
      );
  }
}

function ofBase64(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1").replace(/[ \t\r\n]+/g, "");
  const decoded = Buffer.from(text, "base64");
  // The platform stops silently at what it does not know, and fills up what is missing.
  if (decoded.toString("base64") !== text) throw invalidPart("A part is not whole base64, which it says it is");
  return decoded;
}

function ofQuotedPrintable(bytes: Buffer): Buffer {
  // Blanks at the end of a line come from the way, says the RFC; behind the sign that joins lines, too.
  const text = bytes.toString("latin1").replace(/[ \t]+(?=\r?\n|$)/g, "");
  if (/[^\t\r\n -~]/.test(text) || /=(?!\r?\n|[0-9A-F]{2})/i.test(text))
    throw invalidPart("A part is not quoted-printable, which it says it is");
  const plain = text
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, "latin1");
}
