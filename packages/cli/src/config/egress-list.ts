import { EgressEntryError, EgressPolicy } from "@meshhook/runtime/egress";

import { commaList, type Parse } from "./setting.ts";

/** Entries of the egress allow list, separated by commas: hosts, addresses and CIDR ranges. */
export const egressList: Parse<readonly string[]> = (text) => {
  const list = commaList(text);
  if (!("value" in list)) return list;
  try {
    // The process creates its own list; this one only checks the entries.
    void new EgressPolicy(list.value);
    return list;
  } catch (error) {
    if (!(error instanceof EgressEntryError)) throw error;
    return { expected: `a list of targets: ${error.message}` };
  }
};
