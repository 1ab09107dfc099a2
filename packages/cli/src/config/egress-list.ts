import { EgressEntryError, EgressPolicy } from "@meshhook/runtime/egress";

import { commaList, type Parse } from "./setting.ts";

/** Entries of the egress allow list, separated by commas: hosts, addresses and CIDR ranges. */
export const egressList: Parse<readonly string[]> = (text) => {
  const list = commaList(text);
  if (!("value" in list)) return list;
  const faults = list.value.flatMap(faultOf);
  return faults.length === 0 ? list : { expected: `a list of targets: ${faults.join("; ")}` };
};

/** What is wrong with an entry, if anything. */
function faultOf(entry: string): readonly string[] {
  try {
    // The process creates its own list; this one only checks the entry.
    void new EgressPolicy([entry]);
    return [];
  } catch (error) {
    if (!(error instanceof EgressEntryError)) throw error;
    return [error.message];
  }
}
