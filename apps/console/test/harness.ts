import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient, type Client } from "@meshhook/contract";
import { temporaryDatabase } from "@meshhook/testkit";
import { launchBrowser } from "@meshhook/testkit/browser";
import { startMeshHook } from "@meshhook/testkit/process";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

export const KEY = "mh_console_test_0123456789abcdef";

/** The whole product: the real process with its own database, the built console, and a browser. */
export interface OpenConsole {
  readonly url: string;
  /** The API with its own key, to create what a test needs and to check what a page did. */
  readonly client: Client;
  readonly browser: Browser;
  readonly databaseUrl: string;
  /** Everything that the process has written so far, to either stream. */
  output(): string;
  /** A new window, signed in by default. Any error that its pages report makes `close` fail. */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** Ends the process like a crash. */
  crash(): Promise<void>;
  /** Starts it again on the same address and database. */
  restart(): Promise<void>;
  /** Ends everything. @throws when a page had an unexpected error. */
  close(): Promise<void>;
}

export interface OpenOptions extends Pick<BrowserContextOptions, "viewport" | "colorScheme"> {
  readonly isSignedIn?: boolean;
  /** Errors of the browser's console that this test provokes. */
  readonly expectedErrors?: RegExp;
}

export async function openConsole(settings: { readonly [variable: string]: string } = {}): Promise<OpenConsole> {
  const database = await temporaryDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "meshhook-console-"));
  const environment = {
    DATABASE_URL: database.url,
    MESHHOOK_ADMIN_KEY: KEY,
    MESHHOOK_DATA_DIR: dataDir,
    HOST: "127.0.0.1",
    MESHHOOK_CONSOLE: "on",
    ...settings,
  };
  let process = await startMeshHook({ PORT: "0", ...environment });
  const { url } = process;
  const browser = await launchBrowser();
  const faults: string[] = [];
  return {
    url,
    client: createClient({ url, key: KEY }),
    browser,
    databaseUrl: database.url,
    output: () => process.output(),
    open: async (path, { isSignedIn = true, expectedErrors, ...options } = {}) => {
      const context = await browser.newContext({
        baseURL: url,
        reducedMotion: "reduce",
        locale: "en-GB",
        timezoneId: "UTC",
        ...options,
      });
      context.setDefaultTimeout(30_000);
      const page = await context.newPage();
      const report = (text: string): void => {
        if (expectedErrors?.test(text) !== true) faults.push(`${path}: ${text}`);
      };
      page.on("pageerror", (error) => report(error.stack ?? error.message));
      page.on("console", (message) => {
        if (message.type() === "error") report(message.text());
      });
      if (isSignedIn) {
        // The sign-in page has its own tests; here it would be repeated a hundred times.
        const answer = await context.request.post("/api/v1/session", { data: { key: KEY } });
        expect(answer.status()).toBe(201);
      }
      await page.goto(path);
      return page;
    },
    crash: async () => void (await process.end("SIGKILL")),
    restart: async () => {
      process = await startMeshHook({ PORT: new URL(url).port, ...environment });
    },
    close: async () => {
      await browser.close();
      await process.end("SIGTERM");
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
      expect(faults).toEqual([]);
    },
  };
}
