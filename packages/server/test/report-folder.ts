import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import result from "./result.json" with { type: "json" };

export const PAGE = "<!doctype html><style>p{color:red}</style><p>A report</p>";

/** A report as `meshhook bench` leaves it: a real result of a short run, changed where a test wants it. */
export async function writeReport(directory: string, id: string, change: object | string = {}): Promise<void> {
  await mkdir(join(directory, id), { recursive: true });
  const text = typeof change === "string" ? change : JSON.stringify({ ...result, ...change });
  await writeFile(join(directory, id, "result.json"), text);
  await writeFile(join(directory, id, "report.html"), PAGE);
}
