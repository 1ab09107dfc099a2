import { describe, expect, it } from "vitest";

import { EgressPolicy, ForbiddenTarget } from "./egress.ts";

const lookup = (policy: EgressPolicy, url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname } = new URL(url);
    policy.lookupFor(new URL(url))(hostname, {}, (error, address) => {
      if (error === null) resolve(typeof address === "string" ? address : "several");
      else reject(error);
    });
  });

describe("EgressPolicy", () => {
  it.each([
    "http://127.0.0.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://127.1/",
    "http://0/",
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://168.63.129.16/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[fd00:ec2::254]/",
    "http://[100::1]/",
    "http://[ff02::1]/",
  ])("refuses %s", (url) => {
    expect(() => new EgressPolicy([]).checkOrigin(new URL(url))).toThrow(ForbiddenTarget);
  });

  it.each([
    ["http://169.254.169.254/", "169.254.169.254 is not a public address; to allow it, set"],
    ["http://[fd00::1]:81/", "[fd00::1]:81 is not a public address; to allow it, set"],
  ])("says of %s what it is once", (url, message) => {
    expect(() => new EgressPolicy([]).checkOrigin(new URL(url))).toThrow(message);
  });

  it("refuses a name that resolves to this machine, at the moment of connecting", async () => {
    await expect(lookup(new EgressPolicy([]), "http://localhost:80/")).rejects.toThrow("not a public address");
  });

  it("allows public addresses", () => {
    expect(() => new EgressPolicy([]).checkOrigin(new URL("https://1.1.1.1/"))).not.toThrow();
    expect(() => new EgressPolicy([]).checkOrigin(new URL("https://[2606:4700::1111]/"))).not.toThrow();
  });

  it("allows what the operator listed, port by port", async () => {
    const policy = new EgressPolicy(["127.0.0.1:8081", "localhost", "10.1.0.0/16", "[::1]:9000"]);
    expect(() => policy.checkOrigin(new URL("http://127.0.0.1:8081/"))).not.toThrow();
    expect(() => policy.checkOrigin(new URL("http://127.0.0.1:8082/"))).toThrow(ForbiddenTarget);
    expect(() => policy.checkOrigin(new URL("http://10.1.2.3/"))).not.toThrow();
    expect(() => policy.checkOrigin(new URL("http://10.2.2.3/"))).toThrow(ForbiddenTarget);
    expect(() => policy.checkOrigin(new URL("http://[::1]:9000/"))).not.toThrow();
    await expect(lookup(policy, "http://localhost:1234/")).resolves.toMatch(/^(127\.0\.0\.1|::1)$/);
  });

  it("reads hosts as URLs spell them", () => {
    const policy = new EgressPolicy([
      " 0x7f.1:8081 ",
      "10.1",
      "[0:0:0:0:0:0:0:1]",
      "Internal.Example",
      "localhost:080",
    ]);
    for (const url of ["http://127.0.0.1:8081/", "http://10.0.0.1/", "http://[::1]/", "https://internal.example/"]) {
      expect(() => policy.checkOrigin(new URL(url))).not.toThrow();
    }
    expect(() => policy.checkOrigin(new URL("http://127.0.0.1:8082/"))).toThrow(ForbiddenTarget);
  });

  it.each([
    ["::::", "host, host:port"],
    ["[::::]", "host, host:port"],
    ["[::1", "host, host:port"],
    ["[127.0.0.1]:80", "host, host:port"],
    ["*.example.com", "host, host:port"],
    ["999.1.1.1", "host, host:port"],
    ["user@host", "host, host:port"],
    ["a b", "host, host:port"],
    [":8080", "host, host:port"],
    ["host:", "host, host:port"],
    ["host:0", "a port from 1 to 65535"],
    ["host:65536", "a port from 1 to 65535"],
    ["10.0.0.0/99", "a CIDR range"],
    ["host/8", "a CIDR range"],
    ["http://x", "the host of that URL alone"],
  ])("refuses the entry %s, and says what to write", (entry, remedy) => {
    expect(() => new EgressPolicy(["10.0.0.0/8", entry])).toThrow(`"${entry}" allows nothing; write ${remedy}`);
  });
});
