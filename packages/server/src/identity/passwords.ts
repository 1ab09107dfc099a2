import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";

import { HttpProblem } from "../http-problem.ts";

/** OWASP's parameters for 32 MiB: as strong as its others, and a few at a time fit into any process. */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** They share four threads with file and name look-ups. */
const AT_ONCE = 2;
const WAITING_MAX = 16;
/** What is stored: `scrypt$<log2 N>$<r>$<p>$<salt>$<key>`. */
const STORED = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,64})\$([\w-]{32,128})$/;
/** Checked in place of a user that does not exist: it takes as long. */
const NOBODY = `scrypt$${Math.log2(COST.N)}$${COST.r}$${COST.p}$${"A".repeat(22)}$${"A".repeat(43)}`;
/** Stronger parameters than these are not from here. */
const MOST = { log2N: 20, r: 32, p: 16 };

/**
 * Hashes passwords, and checks them.
 *
 * Two at a time, so that a flood of sign-ins neither takes all threads nor fills the memory; a few wait, the others are told to come back.
 */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @throws HttpProblem  `overloaded`. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const key = await this.#derive(password, salt, KEY_BYTES, COST);
    const { N, r, p } = COST;
    return `scrypt$${Math.log2(N)}$${r}$${p}$${salt.toString("base64url")}$${key.toString("base64url")}`;
  }

  /** `stored`: null when there is no such user or no password: that takes as long as a wrong password. @throws HttpProblem  `overloaded`. */
  async isRight(password: string, stored: string | null): Promise<boolean> {
    const [, log2N = "", r = "", p = "", salt = "", key = ""] = STORED.exec(stored ?? NOBODY) ?? [];
    const cost = { N: 2 ** Number(log2N), r: Number(r), p: Number(p) };
    if (salt === "" || Number(log2N) > MOST.log2N || cost.r > MOST.r || cost.p > MOST.p)
      throw new Error("A stored password is not a hash that MeshHook makes; set a new one");
    const expected = Buffer.from(key, "base64url");
    const given = await this.#derive(password, Buffer.from(salt, "base64url"), expected.length, cost);
    return timingSafeEqual(given, expected) && stored !== null;
  }

  async #derive(password: string, salt: Buffer, bytes: number, cost: typeof COST): Promise<Buffer> {
    await this.#turn();
    try {
      // The same text may be typed in several ways; NFKC makes them one (NIST SP 800-63B, section 3.1.1.2).
      const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r };
      return await new Promise((resolve, reject) =>
        scrypt(password.normalize("NFKC"), salt, bytes, options, (error, key) =>
          error === null ? resolve(key) : reject(error),
        ),
      );
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < AT_ONCE) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= WAITING_MAX)
      throw new HttpProblem("overloaded", "Too many people sign in at the same time", { retryAfterS: 2 });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
