import type { RedirectRule } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { answerOf, answerText, caller, rawTarget, send, target } from "./calling.ts";

const ALL: RedirectRule = { statuses: [301, 302, 303, 307, 308], max: 5 };

/** A target that redirects every path except `/there` to `location`. */
async function hopping(status: number, location: string, headers: Readonly<Record<string, string>> = {}) {
  return target((call, response) => {
    if (call.path.startsWith("/there")) {
      response.end("arrived");
      return;
    }
    response.writeHead(status, { location, ...headers });
    response.end("elsewhere");
  });
}

describe("redirects", () => {
  it("are not followed without a rule, or for a status that the rule does not name", async () => {
    const hop = await hopping(302, "/there");
    const from = caller([hop.host]);
    expect(await send(from, hop.url)).toMatchObject({ kind: "response", status: 302, headers: { location: "/there" } });
    const redirects = { statuses: [307, 308], max: 5 };
    const outcome = await send(from, hop.url, { redirects });
    expect(outcome).toMatchObject({ kind: "response", status: 302, body: "elsewhere" });
    expect(outcome).not.toHaveProperty("redirects");
    expect(hop.calls.map(({ path }) => path)).toEqual(["/", "/"]);
  });

  it.each([
    [301, "POST", "GET"],
    [302, "POST", "GET"],
    [303, "POST", "GET"],
    [307, "POST", "POST"],
    [308, "POST", "POST"],
    [301, "PUT", "PUT"],
    [302, "DELETE", "DELETE"],
    [303, "PUT", "GET"],
    [303, "HEAD", "HEAD"],
    [302, "HEAD", "HEAD"],
    [307, "PATCH", "PATCH"],
  ])("%d turns %s into %s, and the body goes or stays with it", async (status, method, next) => {
    const hop = await hopping(status, "/there");
    const headers = { "idempotency-key": "k1", "content-type": "application/json", "x-plain": "1" };
    const body = method === "HEAD" ? {} : { body: '{"a":1}' };
    const outcome = await send(caller([hop.host]), hop.url, { method, headers, ...body, redirects: ALL });
    expect(outcome).toMatchObject({ status: 200, redirects: [{ status, url: `${hop.url}/there` }] });
    const [first, second] = hop.calls;
    expect(second).toMatchObject({ method: next, path: "/there", body: next === method ? (first?.body ?? "") : "" });
    expect(second?.headers).toMatchObject({ "idempotency-key": "k1", "x-plain": "1" });
    expect(second?.headers["content-type"]).toBe(next === method ? "application/json" : undefined);
  });

  it.each([
    ["an absolute address", "{origin}/there"],
    ["no scheme", "//{host}/there"],
    ["an absolute path", "/there"],
    ["a relative path", "there"],
    ["a path upwards", "../there"],
    ["a query", "/there?a=b&c=d"],
    ["a fragment", "/there#part"],
    ["a space and characters beyond ASCII", "/there/a b/ü"],
    ["an upper-case scheme", "HTTP://{host}/there"],
  ])("lead where a browser would go: %s", async (_name, location) => {
    const hop = await target((call, response) => {
      if (call.path.includes("there")) {
        response.end("arrived");
        return;
      }
      const text = location.replace("{origin}", hop.url).replace("{host}", hop.host);
      // Real servers write UTF-8 into headers.
      response.writeHead(302, { location: Buffer.from(text).toString("latin1") });
      response.end();
    });
    const outcome = await answerOf(caller([hop.host]), `${hop.url}/from/here`, { redirects: ALL });
    expect(outcome.body).toBe("arrived");
    expect(outcome.redirects?.[0]?.url).not.toMatch(/[?#]/);
    if (location.includes("ü")) expect(hop.calls[1]?.path).toBe("/there/a%20b/%C3%BC");
  });

  it.each([
    ["an empty address that turns POST into GET is the same place", 303, "", "GET"],
    ["a query alone", 307, "?there=1", "POST"],
  ])("resolve against where the call is: %s", async (_name, status, location, method) => {
    const hop = await target((_call, response, count) => {
      if (count > 1) {
        response.end("arrived");
        return;
      }
      response.writeHead(status, { location });
      response.end();
    });
    expect((await answerOf(caller([hop.host]), `${hop.url}/here?x=1`, { redirects: ALL })).body).toBe("arrived");
    expect(hop.calls[1]).toMatchObject({ method, path: location === "" ? "/here?x=1" : "/here?there=1" });
  });

  it("carry credentials within an origin and nowhere else, not even back", async () => {
    const headers = {
      authorization: "Bearer secret",
      cookie: "secret=1",
      "x-api-key": "secret",
      "private-token": "secret",
      "x-auth-token": "secret",
      "x-client-secret": "secret",
      apikey: "secret",
      "ocp-apim-subscription-key": "secret",
      "x-pass": "secret",
      "x-api-key-v2": "secret",
      "x-hmac": "secret",
      "idempotency-key": "k1",
      "x-plain": "1",
    };
    const names = Object.keys(headers);
    const other = await target((_call, response) => {
      response.writeHead(307, { location: `${first.url}/back` });
      response.end();
    });
    const first = await target((call, response) => {
      if (call.path === "/back") {
        response.end("arrived");
        return;
      }
      response.writeHead(308, { location: call.path === "/" ? "/within" : `${other.url}/` });
      response.end();
    });
    const outcome = await answerOf(caller([first.host, other.host]), first.url, {
      headers,
      body: "{}",
      redirects: ALL,
    });
    expect(outcome.body).toBe("arrived");
    expect(outcome.redirects?.map(({ url }) => url)).toEqual([
      `${first.url}/within`,
      `${other.url}/`,
      `${first.url}/back`,
    ]);
    const sent = [...first.calls.slice(0, 2), ...other.calls, ...first.calls.slice(2)];
    const carried = sent.map((call) => names.filter((name) => name in call.headers));
    expect(carried).toEqual([names, names, ["idempotency-key", "x-plain"], ["idempotency-key", "x-plain"]]);
  });

  it("pass the egress guard at every hop", async () => {
    const inside = await target((_call, response) => response.end("secret"));
    for (const location of [
      "http://169.254.169.254/latest",
      "http://[::ffff:7f00:1]/",
      inside.url,
      "http://localhost:1/",
    ]) {
      const hop = await hopping(302, location);
      const outcome = await send(caller([hop.host]), hop.url, { redirects: ALL });
      expect(outcome).toMatchObject({ kind: "failure", code: "forbidden_target" });
      expect(outcome).not.toHaveProperty("notSent");
    }
    expect(inside.calls).toHaveLength(0);
  });

  it("are named in failures after them: the origin that failed, and no path", async () => {
    const silent = await rawTarget(() => undefined);
    const closing = await rawTarget((socket) => socket.end());
    const large = await target((_call, response) => response.end("x".repeat(101)));
    for (const [url, message] of [
      [silent.url, "No complete answer within timeoutMs (300 ms)"],
      [closing.url, "The target closed the connection without an answer"],
      [`${large.url}/`, "The answer is larger than responseBytesMax (100 bytes)"],
      ["http://169.254.169.254/", "169.254.169.254 is not a public address; to allow it, set"],
    ] as const) {
      const hop = await hopping(307, `${url}secret`);
      const from = caller([hop.host, silent.host, closing.host, large.host]);
      const outcome = await send(from, hop.url, { redirects: ALL, timeoutMs: 300, responseBytesMax: 100 });
      expect(outcome.kind === "failure" && outcome.message).toContain(
        `After a redirect to ${url.slice(0, -1)}: ${message}`,
      );
      expect(JSON.stringify(outcome)).not.toContain("secret");
    }
    const within = await hopping(307, "/there");
    const outcome = await send(caller([within.host]), within.url, { redirects: ALL, responseBytesMax: 3 });
    expect(outcome).toMatchObject({ message: "The answer is larger than responseBytesMax (3 bytes)" });
  });

  it("fail the call if they form a loop, are too many, or lead to a forbidden place", async () => {
    const circle = await target((call, response) => {
      response.writeHead(302, { location: call.path === "/a" ? "/b" : "/a" });
      response.end();
    });
    expect(await send(caller([circle.host]), `${circle.url}/a`, { method: "GET", redirects: ALL })).toMatchObject({
      code: "redirect_failed",
      message: `The redirects form a loop: they lead back to an address of ${circle.url}`,
    });
    const far = await target((call, response) => {
      response.writeHead(307, { location: `/${Number(call.path.slice(1)) + 1}` });
      response.end();
    });
    const rule = { statuses: [307], max: 3 };
    expect(await send(caller([far.host]), `${far.url}/0`, { redirects: rule })).toMatchObject({
      code: "redirect_failed",
      message: `More than 3 redirects; the last leads to ${far.url}`,
    });
    expect(far.calls).toHaveLength(4);
    for (const location of [
      "file:///etc/passwd",
      "mailto:a@b.example",
      "javascript:1",
      "http://me:secret@127.0.0.1/",
    ]) {
      const hop = await hopping(302, location);
      const outcome = await send(caller([hop.host]), hop.url, { redirects: ALL });
      expect(outcome).toMatchObject({ kind: "failure", code: "redirect_failed" });
      expect(JSON.stringify(outcome)).not.toContain("secret");
      expect(outcome).not.toHaveProperty("notSent");
    }
  });

  it("without an address, or with several, are the answer", async () => {
    const answers = ["", "location: http://[/\r\n", "location: /a\r\nlocation: /b\r\n"];
    const odd = await rawTarget((socket, { count }) => {
      socket.write(`HTTP/1.1 302 Found\r\n${answers[count - 1] ?? ""}content-length: 2\r\n\r\nhm`);
    });
    const from = caller([odd.host]);
    for (const _ of answers)
      expect(await send(from, odd.url, { redirects: ALL })).toMatchObject({ status: 302, body: "hm" });
    expect(odd.received).toHaveLength(1);
  });

  it("share one deadline", async () => {
    const slow = await target((call, response) => {
      setTimeout(() => {
        response.writeHead(307, { location: `/${Number(call.path.slice(1)) + 1}` });
        response.end();
      }, 40);
    });
    const outcome = await send(caller([slow.host]), `${slow.url}/0`, {
      timeoutMs: 150,
      redirects: { statuses: [307], max: 20 },
    });
    expect(outcome).toMatchObject({ code: "timeout" });
    expect(slow.calls.length).toBeLessThan(20);
  });

  it("discard the bodies of their answers, however long, and continue when one breaks off", async () => {
    const long = await rawTarget((socket, { count }) => {
      const head = "HTTP/1.1 307 x\r\nlocation: /next";
      if (count === 3) socket.write(answerText("arrived"));
      else if (count === 1) socket.write(`${head}1\r\ncontent-length: 9000000\r\n\r\n${"x".repeat(200_000)}`);
      else socket.end(`${head}2\r\ncontent-length: 9\r\n\r\npart`);
    });
    const outcome = await answerOf(caller([long.host]), long.url, { responseBytesMax: 100, redirects: ALL });
    expect(outcome.body).toBe("arrived");
  });
});
