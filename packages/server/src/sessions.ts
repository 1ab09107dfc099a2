import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import { SESSION_COOKIE } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";

/** Thirty days. */
export const SESSION_S = 2_592_000;

/** A session of a key as its cookie carries it. */
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

/** A session of a person as its cookie carries it. */
export interface PersonSession {
  /** By its hash the session is stored. */
  readonly token: string;
  /** The project that the person has chosen. It counts only where the person has a role. */
  readonly projectId: string;
}

/** No other value of the cookie has a dot. */
const OF_PERSON = /^u\.([\w-]{43})\.([0-9a-f-]{36})$/;
const TOKEN_BYTES = 32;
/** A year. */
const DEVICE_S = 31_536_000;

/**
 * The cookies of sessions.
 *
 * A session of a key has no store: the cookie's value is all that it consists of. It contains the hash of the key and the end of the
 * session, sealed with AES-256-GCM under a key derived from the installation's. Every process that shares the installation's key can open
 * it, and nobody else.
 *
 * A session of a person is stored, so that it can be ended: the cookie contains a random token, and the project that the person has chosen,
 * so that every process knows it at once.
 */
export class Sessions {
  /**
   * The installation's own name: browsers do not tell the ports of one host apart, and a second MeshHook there must not end the sessions.
   */
  readonly cookieName: string;
  readonly #deviceName: string;
  readonly #key: Buffer;
  readonly #deviceKey: Buffer;

  /** `secretKey`: the installation's 32 bytes. */
  constructor(secretKey: Buffer) {
    this.#key = derive(secretKey, "meshhook sessions");
    this.#deviceKey = derive(secretKey, "meshhook known devices");
    const installation = derive(secretKey, "meshhook session cookie").toString("hex", 0, NAME_BYTES);
    this.cookieName = `${SESSION_COOKIE}_${installation}`;
    this.#deviceName = `meshhook_device_${installation}`;
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

  /** The session of a person that a cookie's value stands for; null when it is another one. */
  personOf(value: string): PersonSession | null {
    const [, token, projectId] = OF_PERSON.exec(value) ?? [];
    return token === undefined || projectId === undefined ? null : { token, projectId };
  }

  newToken(): string {
    return randomBytes(TOKEN_BYTES).toString("base64url");
  }

  valueOf({ token, projectId }: PersonSession): string {
    return `u.${token}.${projectId}`;
  }

  /** The session cookie's value in a `Cookie` header; null when there is none. */
  cookieOf(header: string | undefined): string | null {
    return valueIn(header, this.cookieName);
  }

  /** Whether a user has signed in on this device before. */
  isKnownDevice(header: string | undefined, userId: string): boolean {
    const given = Buffer.from(valueIn(header, this.#deviceName) ?? "");
    const expected = Buffer.from(this.#deviceMark(userId));
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** Marks a device as one on which a user has signed in. It lets nobody in: failed sign-ins elsewhere do not delay those here. */
  setDevice(userId: string, isEncrypted: boolean): string {
    return `${this.#deviceName}=${this.#deviceMark(userId)}; HttpOnly; SameSite=Strict; Path=/api/v1/session; Max-Age=${DEVICE_S}${isEncrypted ? "; Secure" : ""}`;
  }

  #deviceMark(userId: string): string {
    return createHmac("sha256", this.#deviceKey).update(userId).digest("base64url");
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

/** The value of a cookie in a `Cookie` header; null when there is none. */
export function valueIn(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

/** A key or a name for one purpose, which reveals nothing about the installation's key. */
function derive(secretKey: Buffer, purpose: string): Buffer {
  return createHmac("sha256", secretKey).update(purpose).digest();
}
