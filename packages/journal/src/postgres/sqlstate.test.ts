import { expect, it } from "vitest";

import { classify, messageOf, sqlstateOf, unavailable } from "./sqlstate.ts";

it("retries temporary failures and statements with an unknown outcome", () => {
  const codes = ["40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57014", "08006", "53300", "25006"];
  expect(codes.filter((code) => classify(failure(code)) !== "retry")).toEqual([]);
  expect(classify(failure("ECONNRESET"))).toBe("retry");
  expect(classify(new Error("Connection terminated unexpectedly"))).toBe("retry");
});

it("distinguishes refused values from refused statements", () => {
  expect(["22P02", "22021", "23502", "23514", "54000"].filter((code) => classify(failure(code)) !== "data")).toEqual(
    [],
  );
  expect(["42P01", "42501", "28P01", "XX000"].filter((code) => classify(failure(code)) !== "refused")).toEqual([]);
});

it("keeps the database's message and its code", () => {
  const error = unavailable("read a run", failure("57P03", "the database system is starting up"));
  expect(error.message).toBe("The database could not read a run: the database system is starting up (SQLSTATE 57P03)");
  expect(sqlstateOf(error.cause)).toBe("57P03");
  expect(
    messageOf(new AggregateError([new Error("connect ECONNREFUSED ::1"), new Error("connect ECONNREFUSED 127.0.0.1")])),
  ).toBe("connect ECONNREFUSED ::1; connect ECONNREFUSED 127.0.0.1");
});

it.each([
  "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
  "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15",
  "no more connections allowed (max_client_conn)",
])("says what to do about a pooler that is full: %s", (message) => {
  expect(unavailable("list runs", new Error(message)).message).toMatch(
    /Raise its pool size, or lower these settings\.$/,
  );
});

function failure(code: string, message = "failed"): Error {
  return Object.assign(new Error(message), { code });
}
