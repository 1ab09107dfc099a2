import type { DriverName, LoadDriver } from "./driver.ts";
import { openJMeter } from "./jmeter/jmeter.ts";
import { openK6 } from "./k6/k6.ts";

export { DriverUnavailable } from "./driver.ts";

/**
 * Finds the program of a driver; null for the built-in generator.
 *
 * @param searchPath  Folders to look in, as in PATH.
 * @throws DriverUnavailable  when it is not installed or does not start, with the remedy.
 */
export async function openDriver(name: DriverName, searchPath: string): Promise<LoadDriver | null> {
  if (name === "builtin") return null;
  return name === "k6" ? openK6(searchPath) : openJMeter(searchPath);
}
