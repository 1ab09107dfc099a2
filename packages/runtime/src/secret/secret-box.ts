import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { type Keyring, SecretKeyMissing } from "./keyring.ts";

/** What is sealed, beside the project that it belongs to. A value that is moved to another place cannot be opened there. */
export type SealedAs = "endpoint-signature" | "pseudonym-key" | { readonly name: string; readonly version: number };

/** Sealed with the secret key itself, by releases before this one. */
const FORMAT_DIRECT = 1;
/** Sealed with a data key of its own, which is wrapped with the secret key. */
const FORMAT_WRAPPED = 2;
const ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const DATA_KEY_BYTES = 32;
const BOX_BYTES = NONCE_BYTES + TAG_BYTES;
const HEAD_BYTES = 1 + ID_BYTES;
const WRAP_END = HEAD_BYTES + BOX_BYTES + DATA_KEY_BYTES;

/**
 * Seals values for storage, with AES-256-GCM: each under a random data key of its own, which is wrapped under the current secret key. Both
 * are bound to the project and to what the value is, the wrap also to the secret key's id.
 *
 * A text of format 2 is Base64 of the format, the secret key's id, the wrapped data key and the sealed value, so that its first 12
 * characters say which key it needs, and another key takes over by wrapping the data key anew.
 */
export class SecretBox {
  readonly #keys: Keyring;

  constructor(keys: Keyring) {
    this.#keys = keys;
  }

  /** How everything begins that the current secret key wraps. */
  get currentPrefix(): string {
    return prefixOf(this.#keys.current.id);
  }

  seal(projectId: string, value: string, as: SealedAs = "endpoint-signature"): string {
    const dataKey = randomBytes(DATA_KEY_BYTES);
    const sealed = encrypt(dataKey, Buffer.from(value, "utf8"), boundTo("value", projectId, as));
    return Buffer.concat([this.#wrap(dataKey, projectId, as), sealed]).toString("base64");
  }

  /**
   * @throws SecretKeyMissing  when this process lacks the secret key.
   * @throws Error  when the text is damaged or belongs elsewhere. No message contains anything of the value.
   */
  open(projectId: string, text: string, as: SealedAs = "endpoint-signature"): Buffer {
    const bytes = Buffer.from(text, "base64");
    if (bytes[0] === FORMAT_DIRECT) return this.#openDirect(projectId, bytes);
    const dataKey = this.#unwrap(projectId, bytes, as);
    return decrypt(dataKey, bytes.subarray(WRAP_END), boundTo("value", projectId, as));
  }

  /** The same value under the current secret key: only the data key is wrapped anew, but for a text of format 1. @throws Like `open`. */
  rewrap(projectId: string, text: string, as: SealedAs = "endpoint-signature"): string {
    if (text.startsWith(this.currentPrefix)) return text;
    const bytes = Buffer.from(text, "base64");
    if (bytes[0] === FORMAT_DIRECT) return this.seal(projectId, this.open(projectId, text, as).toString("utf8"), as);
    const wrapped = this.#wrap(this.#unwrap(projectId, bytes, as), projectId, as);
    return Buffer.concat([wrapped, bytes.subarray(WRAP_END)]).toString("base64");
  }

  #wrap(dataKey: Buffer, projectId: string, as: SealedAs): Buffer {
    const { id, bytes } = this.#keys.current;
    const head = Buffer.concat([Buffer.of(FORMAT_WRAPPED), Buffer.from(id, "hex")]);
    return Buffer.concat([head, encrypt(bytes, dataKey, boundTo(`key ${id}`, projectId, as))]);
  }

  #unwrap(projectId: string, bytes: Buffer, as: SealedAs): Buffer {
    if (bytes[0] !== FORMAT_WRAPPED || bytes.length < WRAP_END + BOX_BYTES)
      throw new Error("A sealed value is damaged");
    const id = bytes.toString("hex", 1, HEAD_BYTES);
    return decrypt(this.#keys.get(id).bytes, bytes.subarray(HEAD_BYTES, WRAP_END), boundTo(`key ${id}`, projectId, as));
  }

  #openDirect(projectId: string, bytes: Buffer): Buffer {
    if (bytes.length < 1 + BOX_BYTES) throw new Error("A sealed value is damaged");
    let cause: unknown;
    for (const key of this.#keys.all) {
      try {
        return decrypt(key.bytes, bytes.subarray(1), Buffer.from(`${FORMAT_DIRECT}|${projectId}|endpoint-signature`));
      } catch (error) {
        cause = error;
      }
    }
    throw new SecretKeyMissing(null, this.#keys.all, { cause });
  }
}

/** What of a sealed text stays the same when its data key is wrapped anew. */
export function unwrappedPart(text: string): string {
  const bytes = Buffer.from(text, "base64");
  return bytes[0] === FORMAT_WRAPPED ? bytes.toString("base64", WRAP_END) : text;
}

/** The id of the secret key that the first characters of a sealed text name. */
export function secretKeyIdIn(prefix: string): string {
  return Buffer.from(prefix, "base64").toString("hex", 1, HEAD_BYTES);
}

/** 12 characters of Base64 are 9 bytes. */
function prefixOf(id: string): string {
  return Buffer.concat([Buffer.of(FORMAT_WRAPPED), Buffer.from(id, "hex")]).toString("base64");
}

function boundTo(part: string, projectId: string, as: SealedAs): Buffer {
  const what = typeof as === "string" ? as : `secret|${as.name}|${as.version}`;
  return Buffer.from(`${FORMAT_WRAPPED}|${part}|${projectId}|${what}`);
}

function encrypt(key: Buffer, plain: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function decrypt(key: Buffer, box: Buffer, bound: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(bound);
  decipher.setAuthTag(box.subarray(NONCE_BYTES, BOX_BYTES));
  try {
    return Buffer.concat([decipher.update(box.subarray(BOX_BYTES)), decipher.final()]);
  } catch (error) {
    throw new Error("A sealed value cannot be opened: it was changed, or moved from elsewhere", { cause: error });
  }
}
