import { describe, expect, it } from "vitest";
import { checkCallUrl } from "./call-url.ts";

describe("checkCallUrl", () => {
  it.each([
    "https://api.example.com",
    "http://localhost:8080/x?y=1",
    "HTTPS://Example.com/a%20b",
    "http://127.0.0.1/",
    "http://[::1]:9000/",
    "http://[2001:db8::1]/",
    "http://[::ffff:1.2.3.4]/",
    "http://my_service:80/",
    "https://xn--bcher-kva.example/",
  ])("%s may be called, and the platform's parser agrees on the host", (url) => {
    expect(checkCallUrl(url, false)).toBeNull();
    expect(new URL(url).hostname.toLowerCase()).toBe(
      /^https?:\/\/(\[[^\]]*\]|[^:/?]*)/i.exec(url.replace("::ffff:1.2.3.4", "::ffff:102:304"))?.[1]?.toLowerCase(),
    );
  });

  it.each([
    ["ftp://example.com/", "start with"],
    ["//example.com/", "start with"],
    ["/path", "start with"],
    ["https:/example.com", "start with"],
    [" https://example.com", "start with"],
    ["https://", "host is missing"],
    ["https://?x", "host is missing"],
    ["https://user:pw@example.com/", "user name"],
    ["https://example.com@evil.example/", "user name"],
    ["https://example.com:0/", "port"],
    ["https://example.com:70000/", "port"],
    ["https://example.com:/", "port"],
    ["https://example.com:80:80/", "not a host"],
    ["https://exa mple.com/", "percent-encoded"],
    ["https://example.com/a\nb", "percent-encoded"],
    ["https://example.com\\@evil.example/", "percent-encoded"],
    ["https://example.com/#top", "percent-encoded"],
    ["https://bücher.example/", "ASCII"],
    ["https://example..com/", "not a host name"],
    ["https://-a.example/", "not a host name"],
    ["https://a.example./", "not a host name"],
    ["https://2130706433/", "not an IPv4"],
    ["https://0x7f.1/", "not an IPv4"],
    ["https://127.1/", "not an IPv4"],
    ["https://256.1.1.1/", "not an IPv4"],
    ["https://[::1", "not a host"],
    ["https://[1::2::3]/", "not an IPv6"],
    ["https://[12345::]/", "not an IPv6"],
    ["https://[fe80::1%25eth0]/", "not an IPv6"],
  ])("%j is refused: %s", (url, reason) => {
    expect(checkCallUrl(url, false)).toContain(reason);
  });

  it("wants the host to end before the first hole", () => {
    expect(checkCallUrl("https://example.com/", true)).toBeNull();
    expect(checkCallUrl("https://example.com?x=", true)).toBeNull();
    expect(checkCallUrl("https://example.com", true)).toContain("before the first hole");
    expect(checkCallUrl("https://", true)).toContain("before the first hole");
    expect(checkCallUrl("https://example.com:", true)).toContain("before the first hole");
    expect(checkCallUrl("", true)).toContain("start with");
  });
});
