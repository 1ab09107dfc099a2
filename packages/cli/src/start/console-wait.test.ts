import { expect, test } from "vitest";

import { consoleIsThere } from "./console-wait.ts";

const URL = "http://127.0.0.1:3000";

test("while the console is being built, a person reads what works already", async () => {
  const said: string[] = [];
  let finish: (reason: string | null) => void = () => undefined;
  const built = new Promise<string | null>((resolve) => (finish = resolve));
  const isThere = consoleIsThere(built, URL, (line) => {
    said.push(line);
    finish(null);
  });
  expect(await isThere).toBe(true);
  expect(said).toEqual([`Webhooks and the API already work at ${URL} while the console is being built.`]);
});

test.each([
  [null, true],
  ["The console could not be built: vite build exited with 1", false],
])("a console whose build is over (%s) is there or not, and nothing is said", async (reason, isThere) => {
  const said: string[] = [];
  expect(await consoleIsThere(Promise.resolve(reason), URL, (line) => said.push(line))).toBe(isThere);
  expect(said).toEqual([]);
});
