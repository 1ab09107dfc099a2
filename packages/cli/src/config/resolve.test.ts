import { expect, test } from "vitest";

import { configText, configurationMarkdown, entries } from "./describe.ts";
import { mistakesText, resolveConfig, type Resolved } from "./resolve.ts";

function resolved(...args: Parameters<typeof resolveConfig>): Resolved {
  const result = resolveConfig(...args);
  if ("mistakes" in result) throw new Error(mistakesText(result.mistakes));
  return result;
}

test("a flag beats a variable, a variable beats the default", () => {
  const result = resolved({ port: "1" }, { PORT: "2", HOST: "::1" });
  expect([result.config.port, result.config.host, result.config.writers]).toEqual([1, "::1", 2]);
  expect([result.sources.port, result.sources.host, result.sources.writers]).toEqual([
    "flag",
    "environment",
    "default",
  ]);
});

test("an empty variable counts as not set", () => {
  expect(resolved({}, { PORT: "" }).config.port).toBe(3000);
});

test("an egress entry that matches nothing is a mistake that names the entry and what to write instead", () => {
  const result = resolveConfig({ egressAllow: "localhost,::::" }, {});
  expect("mistakes" in result && mistakesText(result.mistakes)).toBe(
    `  --egress-allow: "localhost,::::" is not a list of targets: "::::" allows nothing; write host, host:port, [IPv6 address]:port or a CIDR range`,
  );
});

test("every target of a list that can never be reached is named", () => {
  const result = resolveConfig({ egressAllow: "10.0.0.0/99,localhost,http://a.example/,b:0" }, {});
  const text = "mistakes" in result ? mistakesText(result.mistakes) : "";
  for (const entry of [`"10.0.0.0/99" allows nothing`, `"http://a.example/" allows nothing`, `"b:0" allows nothing`])
    expect(text).toContain(entry);
  expect(text).not.toContain(`"localhost" allows`);
});

test("all mistakes are reported together, each with its origin, value and what was expected", () => {
  const result = resolveConfig(
    { leaseMs: "soon" },
    { PORT: "70000", DATABASE_URL: "mysql://x", MESHHOOK_LOG_LEVEL: "loud" },
  );
  expect("mistakes" in result && mistakesText(result.mistakes)).toBe(
    [
      `  PORT: "70000" is not an integer from 0 to 65535`,
      `  DATABASE_URL: "(hidden)" is not a URL that starts with postgres:// or postgresql://`,
      `  MESHHOOK_LOG_LEVEL: "loud" is not one of debug, info, warn, error`,
      `  --lease-ms: "soon" is not an integer from 1000 to 120000`,
    ].join("\n"),
  );
});

test("a secret's value is never shown", () => {
  const key = "mh_0123456789abcdef0123456789";
  const text = configText(resolved({}, { MESHHOOK_ADMIN_KEY: key, DATABASE_URL: "postgres://u:hunter2@db/x" }));
  expect(text).not.toContain(key);
  expect(text).not.toContain("hunter2");
  expect(text).toMatch(/MESHHOOK_ADMIN_KEY\s+\(hidden\)\s+environment/);
});

test("a secret has no flag", () => {
  for (const [name, setting] of entries())
    if (setting.isSecret === true) expect([name, setting.flag]).toEqual([name, null]);
});

test("a misspelt variable is pointed out", () => {
  expect(configText(resolved({}, { MESHHOOK_DATADIR: "/x" }))).toContain(
    "MESHHOOK_DATADIR is set but is not a MeshHook setting. Is it misspelt?",
  );
});

test("a variable of a secret is neither misspelt nor shown, and the key of the installation is not a workflow's secret", () => {
  const sealing = Buffer.alloc(32).toString("base64");
  const result = resolved(
    {},
    {
      MESHHOOK_SECRET_API_TOKEN: "hunter22",
      MESHHOOK_SECRET_KEY: sealing,
      MESHHOOK_SECRET_EMPTY: "",
      MESHHOOK_SECRETS_FIL: "x",
    },
  );
  expect([...result.secrets]).toEqual([["API_TOKEN", "hunter22"]]);
  expect(result.unknownVariables).toEqual(["MESHHOOK_SECRETS_FIL"]);
  expect(configText(result)).not.toContain("hunter22");
});

test("a switch is set, shown and documented as on or off", () => {
  for (const value of ["on", "off"]) {
    const shown = configText(resolved({}, { MESHHOOK_ALLOW_UNSAFE_DATABASE: value }));
    expect(shown).toMatch(new RegExp(`^MESHHOOK_ALLOW_UNSAFE_DATABASE +${value} +`, "m"));
  }
});

test("every setting is in the reference", () => {
  const markdown = configurationMarkdown();
  for (const [, setting] of entries()) expect(markdown).toContain(`| \`${setting.env}\` |`);
});
