import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

import { SESSION_COOKIE } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";

/** Thirty days. */
export const SESSION_S = 2_592_000;

/** A session as its cookie carries it. */
export interface Session {
  /** Hex sha256 of the key that signed in. */
  readonly keyHash: string;
  readonly expiresAt: Micros;
}

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HASH_BYTES = 32;
const TIME_BYTES = 8;
const NAME_BYTES = 4;
const VALUE_BYTES = 1 + NONCE_BYTES + TAG_BYTES + HASH_BYTES + TIME_BYTES;

/**
 * Sessions without a store: the cookie's value is all that a session consists of.
 *
 * It contains the hash of the key and the end of the session, sealed with AES-256-GCM under a key derived from the installation's. Every
 * process that shares the installation's key can open it, and nobody else.
 */
export class Sessions {
  /**
   * The installation's own name: browsers do not tell the ports of one host apart, and a second MeshHook there must not end the sessions.
   */
  readonly cookieName: string;
  readonly #key: Buffer;

  /** `secretKey`: the installation's 32 bytes. */
  constructor(secretKey: Buffer) {
    this.#key = derive(secretKey, "meshhook sessions");
    this.cookieName = `${SESSION_COOKIE}_${derive(secretKey, "meshhook session cookie").toString("hex", 0, NAME_BYTES)}`;
  }

  seal(session: Session): string {
    const time = Buffer.alloc(TIME_BYTES);
    time.writeBigUInt64BE(BigInt(session.expiresAt));
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: TAG_BYTES });
    const sealed = Buffer.concat([cipher.update(session.keyHash, "hex"), cipher.update(time), cipher.final()]);
    return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), sealed]).toString("base64url");
  }

  /** Null when the value was not sealed here, was changed, or its session has ended. */
  open(value: string, now: Micros): Session | null {
    const bytes = Buffer.from(value, "base64url");
    if (bytes.length !== VALUE_BYTES || bytes[0] !== FORMAT) return null;
    const [nonceEnd, tagEnd] = [1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES];
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(1, nonceEnd), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(nonceEnd, tagEnd));
    let opened: Buffer;
    try {
      opened = Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]);
    } catch {
      return null;
    }
    const expiresAt = Number(opened.readBigUInt64BE(HASH_BYTES));
    return expiresAt > now ? { keyHash: opened.toString("hex", 0, HASH_BYTES), expiresAt } : null;
  }

  /** The session cookie's value in a `Cookie` header; null when there is none. */
  cookieOf(header: string | undefined): string | null {
    for (const pair of header?.split(";") ?? []) {
      const at = pair.indexOf("=");
      if (at !== -1 && pair.slice(0, at).trim() === this.cookieName) return pair.slice(at + 1).trim();
    }
    return null;
  }

  /**
   * A `Set-Cookie` header for a session; an empty value removes the cookie.
   *
   * No script can read it, no other site's page can make a browser send it, and over https it is never sent in clear text.
   */
  setCookie(value: string, isEncrypted: boolean): string {
    const age = value === "" ? 0 : SESSION_S;
    return `${this.cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${age}${isEncrypted ? "; Secure" : ""}`;
  }
}

/** A key or a name for one purpose, which reveals nothing about the installation's key. */
function derive(secretKey: Buffer, purpose: string): Buffer {
  return createHmac("sha256", secretKey).update(purpose).digest();
}
