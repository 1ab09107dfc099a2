import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals secrets for storage: AES-256-GCM under the installation's key, with a random nonce, bound to project and purpose, so that a row
 * moved to another tenant cannot be decrypted.
 */
export class SecretBox {
  readonly #key: Buffer;

  /** `key`: 32 bytes. */
  constructor(key: Buffer) {
    if (key.length !== 32) throw new Error(`The secret key has ${key.length} bytes; it must have 32`);
    this.#key = key;
  }

  seal(projectId: string, secret: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(projectId));
    const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
    return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), sealed]).toString("base64");
  }

  /** @throws Error when the text was not sealed with this key for this project. The message contains nothing of the secret. */
  open(projectId: string, text: string): Buffer {
    const bytes = Buffer.from(text, "base64");
    if (bytes[0] !== FORMAT || bytes.length < 1 + NONCE_BYTES + TAG_BYTES)
      throw new Error("A sealed secret is damaged");
    const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(projectId));
    decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    } catch (error) {
      throw new Error("A sealed secret cannot be decrypted: MESHHOOK_SECRET_KEY is not the key it was stored with", {
        cause: error,
      });
    }
  }
}

function boundTo(projectId: string): Buffer {
  return Buffer.from(`${FORMAT}|${projectId}|endpoint-signature`);
}
