import { spawn } from "node:child_process";

import { messageOf } from "./failure.ts";
import type { ServerUser } from "./server-user.ts";

/** How a program ended. `code` is null when it could not be started or a signal ended it. */
export interface CommandResult {
  readonly code: number | null;
  /** Standard output and standard error in order of arrival. */
  readonly output: string;
}

/**
 * Runs one program to its end, as `user` if one is given. Never rejects.
 *
 * The environment is ours, not the caller's: no `PG…` variable and no secret of the calling process reaches the server. The
 * working directory is the root, because the server's user may not enter the caller's.
 */
export function runCommand(program: string, args: readonly string[], user: ServerUser | null): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      cwd: "/",
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "pipe"],
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => resolve({ code: null, output: messageOf(error) }));
    child.once("close", (code) => resolve({ code, output }));
  });
}
