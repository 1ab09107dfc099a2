/**
 * @packageDocumentation
 *
 * What every store must do, as tests. Both implementations run this suite, and any further one must too.
 *
 * It takes the test runner's functions as parameters, so that only a test file imports the runner.
 */

import { describeAppending } from "./conformance/appending.ts";
import { describeAudit } from "./conformance/audit.ts";
import { describeCatalog } from "./conformance/catalog.ts";
import { describeConditions } from "./conformance/conditions.ts";
import { describeJobs } from "./conformance/jobs.ts";
import { describeKeptAnswers } from "./conformance/kept-answers.ts";
import { describeOwnership } from "./conformance/ownership.ts";
import { describePeople } from "./conformance/people.ts";
import { describeReading } from "./conformance/reading.ts";
import { describeRecovery } from "./conformance/recovery.ts";
import { describeVault } from "./conformance/vault.ts";
import type { CreateHarness, TestFunctions } from "./conformance/harness.ts";

export type { CreateHarness, Harness, TestFunctions } from "./conformance/harness.ts";

/** Declares the whole suite. `create` is called before each test and gives a store without any data. */
export function describeStore(name: string, test: TestFunctions, create: CreateHarness): void {
  test.describe(name, () => {
    describeAppending(test, create);
    describeOwnership(test, create);
    describeRecovery(test, create);
    describeReading(test, create);
    describeCatalog(test, create);
    describeConditions(test, create);
    describeJobs(test, create);
    describeKeptAnswers(test, create);
    describeVault(test, create);
    describeAudit(test, create);
    describePeople(test, create);
  });
}
