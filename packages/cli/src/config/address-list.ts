import { AddressEntryError, AddressList } from "@meshhook/server/address-list";

import { commaList, type Parse } from "./setting.ts";

/** Addresses and CIDR ranges, separated by commas. */
export const addressList: Parse<readonly string[]> = (text) => {
  const list = commaList(text);
  if (!("value" in list)) return list;
  try {
    // The process creates its own list; this one only checks the entries.
    void new AddressList(list.value);
    return list;
  } catch (error) {
    if (!(error instanceof AddressEntryError)) throw error;
    return { expected: `a list of addresses: ${error.message}` };
  }
};
