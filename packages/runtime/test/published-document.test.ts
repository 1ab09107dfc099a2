import { createServer } from "node:http";

import { FakeClock } from "@meshhook/testkit";
import { describe, expect, it, vi } from "vitest";

import { DocumentUnavailable, PublishedDocument } from "../src/call/published-document.ts";
import { caller, listen } from "./calling.ts";

const MINUTE_MS = 60_000;

/** A document on a real server, whose clock moves on request. */
async function publish() {
  const published = { text: "1", status: 200, requests: 0 };
  const port = await listen(
    createServer((_request, response) => {
      published.requests++;
      response.writeHead(published.status, { "content-type": "application/json" }).end(published.text);
    }),
  );
  const clock = new FakeClock();
  const read = (text: string): { readonly text: string } => {
    if (text === "broken") throw new Error("it is broken");
    return { text };
  };
  const document = new PublishedDocument(`http://127.0.0.1:${port}/keys`, caller(["127.0.0.0/8"]), clock, read);
  return { published, clock, document };
}

describe("a published document", () => {
  it("is requested once for all who need it, and again when its copy is ten minutes old, without anybody waiting", async () => {
    const { published, clock, document } = await publish();
    const [one, two] = await Promise.all([document.read(), document.read()]);
    expect(two).toBe(one);
    clock.advance(10 * MINUTE_MS);
    expect(await document.read()).toBe(one);
    expect(published.requests).toBe(1);
    published.text = "2";
    clock.advance(1);
    expect(await document.read()).toBe(one);
    await vi.waitFor(async () => expect(await document.read()).toEqual({ text: "2" }));
    expect(published.requests).toBe(2);
  });

  it("is requested again for those who miss something in it, but twice a minute at most", async () => {
    const { published, clock, document } = await publish();
    const first = await document.read();
    expect(await document.readAfter(first)).toBe(null);
    clock.advance(MINUTE_MS / 2);
    const [second] = await Promise.all([document.readAfter(first), document.readAfter(first)]);
    expect(second).toEqual({ text: "1" });
    expect(await document.readAfter(first)).toBe(second);
    expect(second === null ? null : await document.readAfter(second)).toBe(null);
    expect(published.requests).toBe(2);
  });

  it("is used for a day while it cannot be renewed, and no longer", async () => {
    const { published, clock, document } = await publish();
    const copy = await document.read();
    published.status = 503;
    clock.advance(24 * 60 * MINUTE_MS);
    expect(await document.read()).toBe(copy);
    await vi.waitFor(() => expect(published.requests).toBe(2));
    clock.advance(MINUTE_MS);
    await expect(document.read()).rejects.toThrow(DocumentUnavailable);
    published.status = 200;
    clock.advance(5_000);
    expect(await document.read()).toEqual({ text: "1" });
  });

  it.each([
    ["an error", { status: 404, text: "1" }, /status 404/],
    ["a redirect", { status: 302, text: "1" }, /status 302/],
    ["what cannot be parsed", { status: 200, text: "broken" }, /it is broken/],
    ["too much", { status: 200, text: "x".repeat(300_000) }, /262144/],
  ])("that is answered with %s is unavailable, and asked for only every five seconds", async (_name, answer, why) => {
    const { published, clock, document } = await publish();
    Object.assign(published, answer);
    for (let asked = 0; asked < 3; asked++) await expect(document.read()).rejects.toThrow(why);
    expect(published.requests).toBe(1);
    Object.assign(published, { status: 200, text: "1" });
    clock.advance(5_000);
    expect(await document.read()).toEqual({ text: "1" });
  });
});
