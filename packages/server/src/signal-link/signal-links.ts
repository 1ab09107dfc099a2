import { createHmac, timingSafeEqual } from "node:crypto";

import type { Micros } from "@meshhook/core";

/** A signal that anybody who has its link may send, once. */
export interface LinkedSignal {
  readonly projectId: string;
  readonly runId: string;
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
  readonly expiresAt: Micros;
}

/** The paths of links begin with it. */
export const LINK_PREFIX = "/signals/";

const FORMAT = 1;
const MAC_BYTES = 16;
const HEAD_BYTES = 1 + MAC_BYTES;

/**
 * Links without a store: the token says which signal it sends and until when, signed with a key derived from the installation's.
 *
 * Every process that shares the installation's key can open it, and nobody else can make one.
 */
export class SignalLinks {
  readonly #key: Buffer;
  readonly #formerKeys: readonly Buffer[];

  /** `secretKey`: the installation's 32 bytes. `formerKeys`: those from before, whose links are still good. */
  constructor(secretKey: Buffer, formerKeys: readonly Buffer[] = []) {
    this.#key = linkKeyOf(secretKey);
    this.#formerKeys = formerKeys.map(linkKeyOf);
  }

  /** The path of the link, from the slash on. */
  pathOf({ projectId, runId, name, payload, expiresAt }: LinkedSignal): string {
    const signed = Buffer.from(JSON.stringify([projectId, runId, name, payload, expiresAt]));
    const token = Buffer.concat([Buffer.of(FORMAT), macOf(this.#key, signed), signed]).toString("base64url");
    return `${LINK_PREFIX}${token}`;
  }

  /**
   * Null when the token was not made here or was changed; one that has expired is returned like any other. Under its `key` the run gets the
   * signal once, however often the link is used.
   */
  open(token: string): (LinkedSignal & { readonly key: string }) | null {
    const bytes = Buffer.from(token, "base64url");
    if (bytes.length <= HEAD_BYTES || bytes[0] !== FORMAT) return null;
    const signed = bytes.subarray(HEAD_BYTES);
    const mac = bytes.subarray(1, HEAD_BYTES);
    if (![this.#key, ...this.#formerKeys].some((key) => timingSafeEqual(mac, macOf(key, signed)))) return null;
    const [projectId, runId, name, payload, expiresAt] = JSON.parse(signed.toString()) as [
      string,
      string,
      string,
      string,
      number,
    ];
    return { projectId, runId, name, payload, expiresAt, key: `link ${mac.toString("base64url")}` };
  }
}

function linkKeyOf(secretKey: Buffer): Buffer {
  return createHmac("sha256", secretKey).update("meshhook signal links").digest();
}

function macOf(key: Buffer, signed: Buffer): Buffer {
  return createHmac("sha256", key).update(signed).digest().subarray(0, MAC_BYTES);
}
