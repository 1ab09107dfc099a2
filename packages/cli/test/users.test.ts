import { expect, test } from "vitest";

import { createUser, listUsers, setDisabled } from "../src/command/users/users.ts";
import { resolveConfig } from "../src/config/resolve.ts";
import type { Output } from "../src/terminal/output.ts";
import { startInMemory } from "./in-memory.ts";

test("users are created with a role, listed, disabled and enabled", async () => {
  const { url, key, store } = await startInMemory();
  const resolved = resolveConfig({}, { MESHHOOK_URL: url, MESHHOOK_API_KEY: key });
  if ("mistakes" in resolved) throw new Error(JSON.stringify(resolved));
  const { config } = resolved;
  const lines: string[] = [];
  const output: Output = {
    isClosed: false,
    failure: null,
    settled: () => Promise.resolve(),
    line: (text) => void lines.push(text),
  };
  const said = (): string[] => lines.splice(0);
  const user = (email: string) => ({ email, name: "Ann", isAdmin: false, role: null, hasPassword: false });

  await listUsers(config, output);
  expect(said()).toEqual(["There are no users yet. Create one: meshhook users create <email> --admin"]);
  await createUser({ ...user("Ann@example.com"), role: "editor" }, config, output);
  expect(said()).toEqual(["ann@example.com  Ann  user, signs in with an identity provider"]);
  await createUser({ ...user("root@example.com"), isAdmin: true }, config, output);
  expect(said()).toEqual(["root@example.com  Ann  administrator, signs in with an identity provider"]);
  await createUser(user("bob@example.com"), config, output);
  expect(said()[1]).toMatch(/no role in any project yet/);
  await expect(createUser(user("bob@example.com"), config, output)).rejects.toThrow("bob@example.com already");

  const ann = await store.people.findUser({ email: "ann@example.com" });
  expect(await store.people.listAccess(ann?.id ?? "")).toMatchObject([{ role: "editor", organisationRole: "editor" }]);
  await setDisabled({ email: "ANN@example.com", isDisabled: true }, config, output);
  expect(said()).toEqual([expect.stringMatching(/^ann@example\.com {2}Ann {2}user, disabled since 2/)]);
  await setDisabled({ email: "ann@example.com", isDisabled: false }, config, output);
  await listUsers(config, output);
  expect(said()).toHaveLength(4);
  await expect(setDisabled({ email: "x@example.com", isDisabled: true }, config, output)).rejects.toThrow(
    "There is no user x@example.com",
  );
});
