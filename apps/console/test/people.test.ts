import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { findingsOf } from "./axe.ts";
import { KEY, openConsole, type OpenConsole } from "./harness.ts";

const PASSWORD = "correct horse battery";
const REFUSED = /40[134] \((Unauthorized|Forbidden|Not Found)\)/;
const DESK = { width: 1280, height: 900 };

let meshhook: OpenConsole;
beforeAll(async () => {
  meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" });
});
afterAll(() => meshhook.close());

/** What axe finds in both themes and on a narrow phone, and whether the page is wider than the window. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  const faults = [
    ...(await findingsOf(page, { theme: "light", rules: "all" })),
    ...(await findingsOf(page, { theme: "dark", rules: "colours" })),
  ];
  await page.setViewportSize({ width: 320, height: 700 });
  faults.push(...(await findingsOf(page, { theme: "light", rules: "structure" })).map((fault) => `320 px: ${fault}`));
  if (await page.evaluate<boolean>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
    faults.push("320 px: wider than the window");
  await page.setViewportSize(DESK);
  return faults;
}

async function signIn(email: string, path = "/"): Promise<Page> {
  const page = await meshhook.open(`/sign-in?next=${encodeURIComponent(path)}`, {
    isSignedIn: false,
    viewport: DESK,
    expectedErrors: REFUSED,
  });
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: /^Account/ }).waitFor();
  return page;
}

describe("people", () => {
  it("the first administrator is created on the sign-in page, with the admin key", async () => {
    const page = await meshhook.open("/sign-in", { isSignedIn: false, viewport: DESK, expectedErrors: REFUSED });
    await page.getByRole("button", { name: "Create the first administrator" }).click();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByLabel("Admin key").fill("mh_not_the_key_0123456789");
    await page.getByLabel("Your name").fill("Ann");
    await page.getByLabel("E-mail address").fill("ann@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Create administrator" }).click();
    await page.getByText("The API key is unknown or was revoked").waitFor();
    await page.getByLabel("Admin key").fill(KEY);
    await page.getByRole("button", { name: "Create administrator" }).click();
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByText("ann@example.com").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    // Now that there is somebody, the page asks for an address first.
    await page.getByLabel("E-mail address").waitFor();
    expect(await page.getByRole("button", { name: "Create the first administrator" }).count()).toBe(0);
    expect(await faultsOf(page)).toEqual([]);
    await page.getByLabel("E-mail address").fill("ann@example.com");
    await page.getByLabel("Password").fill("a wrong password");
    await page.keyboard.press("Enter");
    await page.getByText("The e-mail address or the password is wrong").waitFor();
    await page.getByRole("button", { name: "Sign in with an API key" }).click();
    await page.getByLabel("API key").waitFor();
    await page.context().close();
  });

  it("the account page changes the password and ends other sessions", async () => {
    const [page, other] = [await signIn("ann@example.com", "/account"), await signIn("ann@example.com")];
    await page.reload();
    await page.getByRole("heading", { name: "Your account" }).waitFor();
    await page.getByText("This session").waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.getByLabel("Current password").fill("a wrong password");
    await page.getByLabel("New password").fill("another good password");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("The current password is wrong").waitFor();
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("your other sessions have ended").waitFor();
    await other.goto("/runs");
    await other.getByLabel("E-mail address").waitFor();
    await page.getByLabel("Current password").fill("another good password");
    await page.getByLabel("New password").fill(PASSWORD);
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("your other sessions have ended").waitFor();
    for (const { context } of [page, other].map((one) => ({ context: one.context() }))) await context.close();
  });

  it("an owner gives people roles, and a viewer sees what a viewer may not do and why", async () => {
    for (const name of ["bob", "carla"])
      await meshhook.client.createUser({ body: { email: `${name}@example.com`, name, password: PASSWORD } });
    const page = await signIn("ann@example.com", "/settings/members");
    await page.getByText("Nobody has a role here yet").waitFor();
    for (const [email, role] of [
      ["bob@example.com", "viewer"],
      ["carla@example.com", "owner"],
    ] as const) {
      await page.getByLabel("E-mail address of a user").fill(email);
      await page.getByRole("form", { name: "Add a member" }).getByRole("combobox", { name: "Role" }).selectOption(role);
      await page.getByRole("button", { name: "Add member" }).click();
      await page.getByRole("list", { name: "Members" }).getByText(email).waitFor();
    }
    expect(await faultsOf(page)).toEqual([]);
    await page.getByLabel("E-mail address of a user").fill("nobody@example.com");
    await page.getByRole("button", { name: "Add member" }).click();
    await page.getByText("There is no user nobody@example.com").waitFor();

    const viewer = await signIn("bob@example.com", "/settings/members");
    await viewer.getByText("Owners add and change members").waitFor();
    expect(await viewer.getByRole("button", { name: /^Remove/ }).count()).toBe(0);
    await viewer.goto("/settings");
    await viewer.getByText("Ask an owner of the project to see and create keys").waitFor();
    await viewer.goto("/workflows");
    await viewer.getByText("Ask an owner of the project for the role editor").first().waitFor();
    await viewer.goto("/settings/audit");
    await viewer.getByText("The audit log is for owners").waitFor();

    const owner = await signIn("carla@example.com", "/settings/members");
    await owner.getByLabel("Role of bob, project").selectOption("editor");
    await expect
      .poll(async () => (await meshhook.client.listMembers()).items.find(({ name }) => name === "bob")?.role)
      .toBe("editor");
    await owner.getByRole("button", { name: "Remove bob, project" }).click();
    await owner.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await owner.getByText("bob@example.com · this project").waitFor({ state: "detached" });
    for (const one of [page, viewer, owner]) await one.context().close();
  });

  it("a person with several projects goes from one to the other in the account menu", async () => {
    await meshhook.client.createProject({ body: { slug: "second", name: "Second project" } });
    const page = await signIn("ann@example.com");
    await page.getByRole("button", { name: "Account: project Default" }).click();
    await page.getByRole("button", { name: "Go to project Second project" }).click();
    await page.getByRole("button", { name: "Account: project Second project" }).waitFor();
    await page.goto("/settings");
    await page.getByText("second", { exact: true }).waitFor();
    await page.context().close();
  });

  it("a key gets an end", async () => {
    const page = await signIn("ann@example.com", "/settings");
    await page.getByLabel("Name of the new key").fill("short");
    await page.getByLabel("Expires").selectOption({ label: "In 30 days" });
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByRole("list", { name: "API keys" }).getByText("expires").waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.context().close();
  });
});
