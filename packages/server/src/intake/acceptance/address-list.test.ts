import type { IncomingMessage } from "node:http";

import { describe, expect, it } from "vitest";

import { AddressEntryError, AddressList, clientAddressOf } from "./address-list.ts";

describe("a list of addresses", () => {
  const list = new AddressList(["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"]);

  it.each([
    ["192.0.2.200", true],
    ["192.0.3.1", false],
    ["198.51.100.7", true],
    ["198.51.100.8", false],
    ["2001:db8:ffff::1", true],
    ["2001:db9::1", false],
    ["::ffff:192.0.2.1", true],
    ["::ffff:c000:0201", true],
    ["::ffff:192.0.3.1", false],
    ["not an address", false],
    ["192.0.2.1/32", false],
  ])("has %s: %s", (address, expected) => {
    expect(list.has(address)).toBe(expected);
  });

  it.each([
    ["example.com", "is not an address"],
    ["192.0.2.0/33", "from 0 to 32"],
    ["2001:db8::/129", "from 0 to 128"],
    ["192.0.2.0/", "from 0 to 32"],
    ["192.0.2.0/24/1", "is not an address"],
    ["010.0.0.1", "is not an address"],
    ["10.1", "is not an address"],
    ["fe80::1%eth0", "is not an address"],
    ["::ffff:192.0.2.0/120", "write the IPv4 address or range"],
    ["", "is not an address"],
  ])("refuses the entry %j, naming it and the remedy", (entry, remedy) => {
    expect(() => new AddressList([entry])).toThrow(AddressEntryError);
    expect(() => new AddressList([entry])).toThrow(`"${entry}" `);
    expect(() => new AddressList([entry])).toThrow(remedy);
  });
});

describe("where a request comes from", () => {
  const proxies = new AddressList(["10.0.0.0/8", "::1"]);
  const from = (remoteAddress: string | undefined, forwarded?: string): string | null => {
    const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    return clientAddressOf({ socket: { remoteAddress }, headers } as IncomingMessage, proxies);
  };

  it.each([
    ["the connection", "203.0.113.9", undefined, "203.0.113.9"],
    ["the connection, whatever a stranger writes", "203.0.113.9", "192.0.2.1", "203.0.113.9"],
    ["what a trusted proxy says", "10.0.0.1", "192.0.2.1", "192.0.2.1"],
    [
      "what the nearest trusted proxy says, not what came with the request",
      "10.0.0.1",
      "1.1.1.1, 192.0.2.1",
      "192.0.2.1",
    ],
    ["what lies before a chain of trusted proxies", "::1", "1.1.1.1, 192.0.2.1,10.2.3.4", "192.0.2.1"],
    ["a trusted proxy in the form that a socket for both families gives", "::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"],
    ["an address with a port", "10.0.0.1", "192.0.2.1:4711", "192.0.2.1"],
    ["an IPv6 address with a port", "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"],
    ["a trusted proxy that says nothing", "10.0.0.1", undefined, "10.0.0.1"],
    ["the first of trusted proxies only", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["nowhere known: the proxy names no address", "10.0.0.1", "192.0.2.1, unknown", null],
    ["nowhere known: the connection is gone", undefined, "192.0.2.1", null],
  ])("is %s", (_what, remoteAddress, forwarded, expected) => {
    expect(from(remoteAddress, forwarded)).toBe(expected);
  });

  it("is the connection where no proxy is trusted", () => {
    const request = { socket: { remoteAddress: "10.0.0.1" }, headers: { "x-forwarded-for": "192.0.2.1" } };
    expect(clientAddressOf(request as unknown as IncomingMessage, null)).toBe("10.0.0.1");
  });
});
