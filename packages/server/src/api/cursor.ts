import { createHmac, timingSafeEqual } from "node:crypto";

import { HttpProblem } from "../http-problem.ts";

/** How many items a page has, unless the caller says. */
export const PAGE_LIMIT = 50;

const MAC_BYTES = 12;

/**
 * Page cursors: opaque to callers, bound to the project and query they came from, so that a changed one, or one from elsewhere, is refused.
 */
export class Cursors {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = createHmac("sha256", key).update("meshhook cursors").digest();
  }

  /** `binding`: project and query; reading the cursor takes the same text. */
  write(binding: string, position: string): string {
    return `${Buffer.from(position).toString("base64url")}.${this.#mac(binding, position).toString("base64url")}`;
  }

  /** @throws HttpProblem  `cursor_invalid` */
  read(binding: string, cursor: string): string {
    const [body = "", mac = ""] = cursor.split(".");
    const position = Buffer.from(body, "base64url").toString();
    const given = Buffer.from(mac, "base64url");
    const expected = this.#mac(binding, position);
    if (given.length !== MAC_BYTES || !timingSafeEqual(given, expected)) {
      throw new HttpProblem(
        "cursor_invalid",
        "The cursor was altered, or belongs to another project or query; start again without a cursor",
      );
    }
    return position;
  }

  #mac(binding: string, position: string): Buffer {
    return createHmac("sha256", this.#key).update(`${binding}\n${position}`).digest().subarray(0, MAC_BYTES);
  }
}
