import { describe, expect, it } from "vitest";

import { NO_HEAD, readSampleHead, sampleHeadText } from "./sample-head.ts";

describe("readSampleHead", () => {
  it("reads headers and query, either of which may be missing", () => {
    expect(readSampleHead(`{"headers":{"X-Event":"push"},"query":{"Page":"2"}}`)).toEqual({
      head: { headers: { "x-event": "push" }, query: { Page: "2" } },
    });
    expect(readSampleHead(`{"query":{"page":"2"}}`)).toEqual({ head: { headers: {}, query: { page: "2" } } });
    expect(readSampleHead(" ")).toEqual({ head: NO_HEAD });
  });

  it.each([
    ["{", "Not JSON"],
    ["[]", "must be an object"],
    [`{"body":1}`, `"body" is neither`],
    [`{"headers":1}`, `"headers" must be an object`],
    [`{"query":{"page":2}}`, `"page" in "query" must be a string, or a list of strings, not 2.`],
    [`{"headers":{"id":9007199254740993}}`, `"id" in "headers" must be a string, not 9007199254740993.`],
    ["9007199254740993", "must be an object"],
  ])("says what is wrong with %s", (text, fault) => {
    expect(readSampleHead(text)).toEqual({ fault: expect.stringContaining(fault) as string });
  });

  it("accepts a list for a repeated query parameter", () => {
    expect(readSampleHead(`{"query":{"tag":["a","b"]}}`)).toEqual({
      head: { headers: {}, query: { tag: ["a", "b"] } },
    });
  });

  it("reads back what was written", () => {
    const head = { headers: { "x-event": "push" }, query: {} };
    expect(readSampleHead(sampleHeadText(head))).toEqual({ head });
    expect(sampleHeadText(NO_HEAD)).toBe("");
  });
});
