import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** An entry that is neither an address nor a range. The message names it and what to write instead. */
export class AddressEntryError extends Error {
  override readonly name = "AddressEntryError";
}

const MAPPED = /^::ffff:/i;
const BITS = { 4: 32, 6: 128 } as const;

/**
 * Addresses and CIDR ranges of IPv4 and IPv6. An IPv4 address in its IPv6 form (`::ffff:192.0.2.1`), as a socket for both families gives
 * it, counts as the IPv4 address.
 */
export class AddressList {
  readonly #list = new BlockList();

  /** @throws AddressEntryError  For the first entry that stands for no address. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry);
  }

  has(address: string): boolean {
    const [plain = ""] = address.split("%", 1);
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 4 ? "ipv4" : "ipv6");
  }

  #add(entry: string): void {
    const [address = "", bits, ...more] = entry.split("/");
    const family = isIP(address);
    if (family === 0 || address.includes("%") || more.length > 0)
      throw new AddressEntryError(`"${entry}" is not an address; write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32`);
    if (MAPPED.test(address))
      throw new AddressEntryError(`"${entry}" is an IPv4 address in its IPv6 form; write the IPv4 address or range`);
    const version = family === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) return this.#list.addAddress(address, version);
    const most = BITS[family === 4 ? 4 : 6];
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > most)
      throw new AddressEntryError(`"${entry}" has no prefix length from 0 to ${most} after the slash`);
    this.#list.addSubnet(address, Number(bits), version);
  }
}

/**
 * The address that a request comes from: that of the connection or, where a trusted proxy holds the connection, the last address in
 * `X-Forwarded-For` that no trusted proxy has. What anyone else writes into that header never counts.
 *
 * @returns Null when it is not known: the connection is gone, or a trusted proxy names something else than an address.
 */
export function clientAddressOf({ socket, headers }: IncomingMessage, proxies: AddressList | null): string | null {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) return null;
  // A socket for both families gives IPv4 addresses in their IPv6 form.
  let address = remoteAddress.replace(MAPPED, "");
  const { "x-forwarded-for": forwarded } = headers;
  // Node joins the lines of this header.
  if (proxies === null || typeof forwarded !== "string") return address;
  const hops = forwarded.split(",");
  while (proxies.has(address)) {
    const hop = hops.pop();
    if (hop === undefined) break;
    const named = addressIn(hop.trim());
    if (named === null) return null;
    address = named;
  }
  return address;
}

/** Some proxies add the port. */
function addressIn(hop: string): string | null {
  const address = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
  return isIP(address) === 0 ? null : address;
}
