import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

/** Where distributions put a Chromium or Chrome. */
const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * Starts a headless Chromium for a test; the test closes it.
 *
 * Uses `CHROMIUM_PATH` if it is set, else an installed Chromium or Chrome, else the binary from the npm package `@sparticuz/chromium`
 * (Linux x64; unpacked once, about two seconds).
 *
 * @throws Error  when none of them exists, with the remedy.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await findChromium();
  // The sandbox needs a user namespace, which containers and root do not have; pages in tests are our own.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

async function findChromium(): Promise<string> {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw new Error(
      `CHROMIUM_PATH is ${named}, but there is no such file. Set it to a Chromium or Chrome executable, or unset it.`,
    );
  }
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  if (process.platform === "linux" && process.arch === "x64") {
    const packaged = await import("@sparticuz/chromium");
    return packaged.default.executablePath();
  }
  throw new Error(
    `No Chromium was found on ${process.platform} ${process.arch}. Install Chromium or Chrome, or set CHROMIUM_PATH to its executable.`,
  );
}
