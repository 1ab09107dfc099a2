import { armFailpoints, readFailpoints } from "@meshhook/journal/failpoint";

import { CommandError } from "../exit-codes.ts";
import type { Parse } from "./setting.ts";

/** What is to fail on purpose; kept as text. */
export const failpointList: Parse<string> = (text) => {
  const read = readFailpoints(text);
  return "fault" in read ? { expected: `a list of failpoints: ${read.fault}` } : { value: text };
};

/**
 * Arms what the setting says.
 *
 * @throws CommandError  in production, where nothing may fail on purpose.
 */
export function armListedFailpoints(list: string, environment: { readonly [name: string]: string | undefined }): void {
  if (environment["NODE_ENV"] === "production")
    throw new CommandError(
      "badInput",
      `MESHHOOK_FAILPOINTS is "${list}", which makes MeshHook fail on purpose, and NODE_ENV is "production". Unset MESHHOOK_FAILPOINTS.`,
    );
  const read = readFailpoints(list);
  if (!("fault" in read)) armFailpoints(read);
}
