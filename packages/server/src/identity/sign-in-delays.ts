import { createHmac } from "node:crypto";
import { isIPv6 } from "node:net";

import type { Micros } from "@meshhook/core";
import type { Failures, FailureSubject, People } from "@meshhook/journal";

import { HttpProblem } from "../http-problem.ts";

/** How many failures in a row cause no delay, and the longest delay. */
const RULES: { readonly [kind in FailureSubject["kind"]]: { readonly free: number; readonly mostS: number } } = {
  account: { free: 5, mostS: 300 },
  address: { free: 20, mostS: 900 },
  device: { free: 5, mostS: 300 },
};
const FORGET_US = 3_600_000_000;
const BUCKETS = 65_536;

/** Somebody who tries to sign in. */
export interface Attempt {
  readonly email: string;
  readonly address: string | null;
  /** A device on which the person has signed in before. */
  readonly isKnownDevice: boolean;
}

/**
 * Delays sign-ins that follow failed ones: twice as long with each failure, up to minutes, for an account and for an address (of IPv6,
 * its /64).
 *
 * Nobody can be locked out: a browser in which the person has signed in before has a count of its own, and no delay lasts. An account that
 * does not exist is treated as one that does. Counts are in buckets by a keyed hash, so that a flood of names cannot fill the table.
 */
export class SignInDelays {
  readonly #people: People;
  readonly #key: Buffer;

  constructor(people: People, secretKey: Buffer) {
    this.#people = people;
    this.#key = createHmac("sha256", secretKey).update("meshhook failed sign-ins").digest();
  }

  /** @throws HttpProblem  `sign_in_delayed`. */
  async requireTurn(attempt: Attempt): Promise<void> {
    const now = Date.now() * 1_000;
    const found = await this.#people.listFailures(this.#subjectsOf(attempt), now - FORGET_US);
    const waitS = Math.ceil(Math.max(0, ...found.map((failures) => waitOf(failures, now))) / 1_000_000);
    if (waitS > 0)
      throw new HttpProblem(
        "sign_in_delayed",
        `Sign-ins for this address or from this network have failed several times; try again in ${waitS} s`,
        { retryAfterS: waitS },
      );
  }

  /** Resolves with how many have failed in a row for the account. */
  async failed(attempt: Attempt): Promise<number> {
    const now = Date.now() * 1_000;
    const counted = await this.#people.addFailures(this.#subjectsOf(attempt), now, now - FORGET_US);
    return counted.find(({ kind }) => kind !== "address")?.failures ?? 1;
  }

  /** What failed from the address still counts: it may have been others' accounts. */
  async succeeded(attempt: Attempt): Promise<void> {
    await this.#people.clearFailures(this.#subjectsOf(attempt).filter(({ kind }) => kind !== "address"));
  }

  #subjectsOf({ email, address, isKnownDevice }: Attempt): readonly FailureSubject[] {
    const kind = isKnownDevice ? "device" : "account";
    const account = { kind, bucket: this.#bucketOf(`${kind} ${email}`) } as const;
    if (address === null) return [account];
    return [account, { kind: "address", bucket: this.#bucketOf(`address ${networkOf(address)}`) }];
  }

  #bucketOf(text: string): number {
    return createHmac("sha256", this.#key).update(text).digest().readUInt32BE() % BUCKETS;
  }
}

function waitOf({ kind, failures, failedAt }: Failures, now: Micros): Micros {
  const { free, mostS } = RULES[kind];
  const delayS = failures < free ? 0 : Math.min(mostS, 2 ** (failures - free));
  return failedAt + delayS * 1_000_000 - now;
}

/** Whoever has one address of a /64 usually has all of them. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return groups.slice(0, 4).join(":").toLowerCase();
}
