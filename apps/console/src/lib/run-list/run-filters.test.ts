import { describe, expect, it } from "vitest";

import { curlOfRunList, fromLocalField, readRunFilters, runListAddress, toLocalField } from "./run-filters.ts";

describe("the filters of the runs list", () => {
  it("are read from the address they were written to", () => {
    const filters = {
      status: "failed",
      workflow: "order-gate",
      startedAfter: "2026-11-24T00:00:00.000Z",
      startedBefore: "2026-11-25T00:00:00.000Z",
      cursor: "a+b/c=",
    } as const;
    const address = runListAddress(filters, { cursor: filters.cursor });
    expect(readRunFilters(new URL(address, "http://m").searchParams)).toEqual(filters);
  });

  it("return to the first page when one changes", () => {
    expect(runListAddress({ status: "failed", cursor: "x" }, { status: "running" })).toBe("/runs?status=running");
    expect(runListAddress({ status: "failed" }, { status: null })).toBe("/runs");
  });

  it("ignore an invalid status or time", () => {
    expect(readRunFilters(new URLSearchParams("status=gone&startedAfter=soon&workflow="))).toEqual({});
  });

  it("become a query to the API", () => {
    expect(curlOfRunList("http://m", { status: "failed" })).toBe(
      `curl 'http://m/api/v1/runs?status=failed&limit=100' -H "authorization: Bearer $MESHHOOK_ADMIN_KEY"`,
    );
  });

  it("show times in the reader's zone and keep the moment", () => {
    const time = "2026-11-24T13:45:00.000Z";
    expect(fromLocalField(toLocalField(time))).toBe(time);
    expect(fromLocalField("")).toBeNull();
    expect(toLocalField(undefined)).toBe("");
  });
});
