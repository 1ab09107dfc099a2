import { execFileSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { asCurl, sendAgain } from "./curl.ts";

const ENDPOINT = { path: "/hooks/token", dedupeHeader: "x-github-delivery" };
const DELIVERY = {
  headers: {
    "content-type": "application/x-www-form-urlencoded",
    "user-agent": "sender/1",
    "idempotency-key": "k-1",
    "x-github-delivery": "d-1",
    "x-github-event": "issues",
  },
  query: { team: "a&b" },
  body: { text: 'it\'s $HOME `date` \\ \n"quoted"' },
};

describe("a delivery sent again", () => {
  it("is a new one: without the keys of the first, as JSON, with its other headers and its query", () => {
    expect(sendAgain(ENDPOINT, DELIVERY)).toEqual({
      path: "/hooks/token?team=a%26b",
      headers: { "content-type": "application/json", "x-github-event": "issues" },
      body: JSON.stringify(DELIVERY.body),
    });
    expect(sendAgain(ENDPOINT, { ...DELIVERY, query: {} }).path).toBe("/hooks/token");
    expect(sendAgain(ENDPOINT, { ...DELIVERY, query: { tag: ["a", "b"], x: "1" } }).path).toBe(
      "/hooks/token?tag=a&tag=b&x=1",
    );
  });

  it("passes through a shell unchanged", () => {
    const command = asCurl(sendAgain(ENDPOINT, DELIVERY), "http://127.0.0.1:3000");
    const words = execFileSync("sh", ["-c", command.replace(/^curl/, `printf '%s\\0'`)], { encoding: "utf8" });
    expect(words.split("\0").slice(0, -1)).toEqual([
      "-i",
      "http://127.0.0.1:3000/hooks/token?team=a%26b",
      "-H",
      "content-type: application/json",
      "-H",
      "x-github-event: issues",
      "--data-binary",
      JSON.stringify(DELIVERY.body),
    ]);
  });
});
