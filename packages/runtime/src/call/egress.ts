import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";

import ipaddr from "ipaddr.js";

/** Public unicast by address plan, yet a cloud provider's internal service (Azure). */
const DENIED_PUBLIC = new Set(["168.63.129.16"]);
/** The only IPv6 space that is routed publicly (RFC 4291); the deprecated `::a.b.c.d` form, for one, lies outside. */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR("2000::/3");

/** The egress guard refused a target. The message names the target and the setting that would allow it. */
export class ForbiddenTarget extends Error {
  override readonly name = "ForbiddenTarget";
}

/** An entry of the allow list would allow nothing. The message names the entry and what to write instead. */
export class EgressEntryError extends Error {
  override readonly name = "EgressEntryError";

  constructor(entry: string, remedy: string) {
    super(`"${entry}" allows nothing; write ${remedy}`);
  }
}

interface AllowedRange {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefix: number;
}

/**
 * Decides which addresses `http_call` may reach: public unicast addresses and those listed by the operator.
 *
 * The check happens on the address that is connected to (inside the connection's own DNS look-up), so a name that changes its
 * answer between check and use gains nothing. Entries: `host`, `host:port`, `[v6]:port`, an address, or a CIDR range.
 */
export class EgressPolicy {
  readonly #hosts = new Set<string>();
  readonly #ranges: AllowedRange[] = [];

  /** @throws EgressEntryError for the first entry that is neither a host, an address nor a range. */
  constructor(allow: readonly string[]) {
    for (const raw of allow) {
      const entry = raw.trim().toLowerCase();
      if (entry === "") continue;
      if (entry.includes("/")) this.#ranges.push(readRange(entry, raw));
      else this.#hosts.add(readHost(entry, raw));
    }
  }

  /**
   * Checks an origin before any connection: literal addresses are decided here, because Node does not look them up.
   *
   * @throws ForbiddenTarget
   */
  checkOrigin(url: URL): void {
    if (this.#isListed(url)) return;
    const literal = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    if (isIP(literal) !== 0) this.#checkAddress(literal, url);
  }

  /** A `lookup` for connections to this origin that refuses when any answer is forbidden. */
  lookupFor(url: URL): LookupFunction {
    const isListed = this.#isListed(url);
    return (hostname, options, callback) => {
      dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
        if (error !== null) return callback(error, "", 0);
        try {
          if (!isListed) for (const { address } of addresses) this.#checkAddress(address, url);
        } catch (refusal) {
          return callback(refusal as NodeJS.ErrnoException, "", 0);
        }
        const first = addresses[0];
        if (options.all === true) return callback(null, addresses);
        if (first === undefined) return callback(new Error(`no address for ${hostname}`), "", 0);
        callback(null, first.address, first.family);
      });
    };
  }

  #isListed(url: URL): boolean {
    const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
    return this.#hosts.has(url.hostname) || this.#hosts.has(`${url.hostname}:${port}`);
  }

  #checkAddress(text: string, url: URL): void {
    // `process` turns IPv4-mapped IPv6 into IPv4; every other embedding is not "unicast" and falls under the refusal.
    const address = ipaddr.process(text);
    for (const range of this.#ranges) {
      if (address.kind() === range.address.kind() && address.match(range.address, range.prefix)) return;
    }
    const isPublic =
      address.range() === "unicast" &&
      !DENIED_PUBLIC.has(address.toString()) &&
      (address.kind() === "ipv4" || address.match(...GLOBAL_UNICAST_V6));
    if (!isPublic) {
      const isLiteral = url.hostname === text || url.hostname === `[${text}]`;
      const is = isLiteral ? "is not a public address" : `is ${text}, which is not a public address`;
      throw new ForbiddenTarget(`${url.host} ${is}; to allow it, set MESHHOOK_EGRESS_ALLOW=${url.host}`);
    }
  }
}

function readRange(entry: string, raw: string): AllowedRange {
  if (entry.includes("://")) throw new EgressEntryError(raw, "the host of that URL alone, or host:port");
  if (!ipaddr.isValidCIDR(entry)) throw new EgressEntryError(raw, "a CIDR range as in 10.0.0.0/8 or fd00::/8");
  const [address, prefix] = ipaddr.parseCIDR(entry);
  return { address, prefix };
}

/** As URLs spell it, because it is compared with theirs: `0x7f.1` is 127.0.0.1 there, and `bücher.example` is Punycode. */
function readHost(entry: string, raw: string): string {
  const remedy = "host, host:port, [IPv6 address]:port or a CIDR range";
  if (isIP(entry) === 6) return readHost(`[${entry}]`, raw);
  const [, name = "", port] = /^(\[[^\]]*\]|[^:@?#\\]*)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const host = URL.parse(`http://${name}/`)?.host ?? "";
  if (!/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(host)) throw new EgressEntryError(raw, remedy);
  if (port === undefined) return host;
  if (Number(port) < 1 || Number(port) > 65_535) throw new EgressEntryError(raw, "a port from 1 to 65535");
  return `${host}:${Number(port)}`;
}
