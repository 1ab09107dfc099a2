import type { Serializable } from "node:child_process";

/**
 * The other end of a `Child`: what a benchmark process does with the commands of whoever started it. The process ends with its
 * parent, so that nothing keeps running when the benchmark is killed.
 */
export function serveParent<Command, Message extends Serializable>(
  handle: (command: Command) => void,
): { readonly send: (message: Message) => void } {
  process.on("message", (command) => {
    // The other end is this repository's own module, typed with the same union.
    handle(command as Command);
  });
  process.on("disconnect", () => process.exit(0));
  // A terminal sends Ctrl-C to the whole group; the parent decides what that means.
  process.on("SIGINT", () => undefined);
  return {
    send: (message) => {
      process.send?.(message);
    },
  };
}
