import { SignalLinks } from "@meshhook/server";
import { expect, test } from "vitest";

import { linkSource } from "./link-source.ts";

const KEY = Buffer.alloc(32, 7);
const TARGET = { projectId: "p", runId: "r", name: "approve", payload: '"yes"' };
const base = (host: string, publicUrl: string | null, port = 3000): string | undefined =>
  linkSource({ host, port, publicUrl, tlsCertFile: null }, KEY)
    .urlOf(TARGET)
    ?.replace(/\/signals\/.*$/, "");

test("links have the address that people use, and none where that is not known", () => {
  expect(base("0.0.0.0", "https://hooks.example.com/")).toBe("https://hooks.example.com");
  expect(base("127.0.0.1", "https://example.com/mesh")).toBe("https://example.com/mesh");
  expect([base("127.0.0.1", null), base("localhost", null), base("::1", null)]).toEqual([
    "http://127.0.0.1:3000",
    "http://localhost:3000",
    "http://[::1]:3000",
  ]);
  expect([base("0.0.0.0", null), base("10.0.0.1", null), base("127.0.0.1", null, 0)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a link is valid for a week and the rest of its day", () => {
  const url =
    linkSource({ host: "127.0.0.1", port: 3000, publicUrl: null, tlsCertFile: null }, KEY).urlOf(TARGET) ?? "";
  const opened = new SignalLinks(KEY).open(url.slice(url.lastIndexOf("/") + 1));
  expect(opened).toMatchObject(TARGET);
  const days = ((opened?.expiresAt ?? 0) / 1_000 - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(6.9);
  expect(days).toBeLessThan(8.1);
});
