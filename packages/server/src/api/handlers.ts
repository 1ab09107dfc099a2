import type { Alerts, Audit, Catalog, Jobs, Journal, People, Statistics, Vault } from "@meshhook/journal";
import type { Engine, PlanCache, SecretBox } from "@meshhook/runtime";

import { createAlertHandlers } from "../alerts/alert-handlers.ts";
import type { AlertSender } from "../alerts/alert-sender.ts";
import type { Authenticator } from "../auth.ts";
import { createDeliveryHandlers } from "../deliveries/delivery-handlers.ts";
import { DeliveryLog } from "../deliveries/delivery-log.ts";
import type { TestDeliveries } from "../deliveries/test-deliveries.ts";
import { HttpProblem } from "../http-problem.ts";
import { createJobHandlers } from "../jobs/job-handlers.ts";
import type { JobRunner } from "../jobs/job-runner.ts";
import type { RunSelection } from "../jobs/run-selection.ts";
import type { Redactions } from "../redaction/open-redaction.ts";
import type { Reports } from "../reports/reports.ts";
import type { RouteTable } from "../route-table.ts";
import type { SecretKeys } from "../secret-keys.ts";
import type { SignalLinks } from "../signal-link/signal-links.ts";
import { createStatisticsHandlers } from "../statistics/statistics-handlers.ts";
import type { Passwords } from "../identity/passwords.ts";
import type { SignInDelays } from "../identity/sign-in-delays.ts";
import { createAccountHandlers } from "./account-handlers.ts";
import type { Handlers } from "./answered-route.ts";
import type { Cursors } from "./cursor.ts";
import { createAuditHandlers } from "./audit-handlers.ts";
import { createEndpointHandlers } from "./endpoint-handlers.ts";
import type { EndpointSignatures } from "./endpoint-signature.ts";
import { createFailureHandlers } from "./failure-handlers.ts";
import type { Failures } from "./failures.ts";
import { HeavyWork } from "./heavy-work.ts";
import { createLookups } from "./lookups.ts";
import { createMemberHandlers } from "./member-handlers.ts";
import { createProjectHandlers } from "./project-handlers.ts";
import type { Reruns } from "./reruns.ts";
import { createRunHandlers } from "./run-handlers.ts";
import { createSecretHandlers } from "./secret-handlers.ts";
import { createSignalHandlers } from "./signal-handlers.ts";
import { createUserHandlers } from "./user-handlers.ts";
import { createWorkflowHandlers } from "./workflow-handlers.ts";

export interface HandlerSources {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
  readonly routes: RouteTable;
  readonly secrets: SecretBox;
  readonly secretKeys: SecretKeys;
  readonly vault: Vault;
  readonly audit: Audit;
  readonly people: People;
  readonly passwords: Passwords;
  readonly delays: SignInDelays;
  readonly signatures: EndpointSignatures;
  readonly cursors: Cursors;
  readonly authenticator: Authenticator;
  readonly jobs: Jobs;
  readonly statistics: Statistics;
  readonly alerts: Alerts;
  readonly alertSender: AlertSender;
  /** A mail server is set. */
  readonly hasMail: boolean;
  readonly failures: Failures;
  readonly selection: RunSelection;
  readonly reruns: Reruns;
  readonly runner: JobRunner;
  readonly links: SignalLinks;
  readonly redactions: Redactions;
  readonly tests: TestDeliveries;
  /** Null where no folder of reports was given. */
  readonly reports: Reports | null;
}

/** What every route does. The caller's project comes from the authenticator and from nowhere else. */
export function createHandlers(sources: HandlerSources): Handlers {
  const { catalog, journal, reports, runner } = sources;
  const shared = { ...sources, ...createLookups(catalog, journal), heavyWork: new HeavyWork() };
  return {
    ...createProjectHandlers(shared),
    ...createMemberHandlers(shared),
    ...createUserHandlers(shared),
    ...createAccountHandlers(shared),
    ...createSecretHandlers(shared),
    ...createAuditHandlers(shared),
    ...createWorkflowHandlers(shared),
    ...createEndpointHandlers(shared),
    ...createDeliveryHandlers({ ...shared, deliveries: new DeliveryLog(journal, catalog) }),
    ...createRunHandlers(shared),
    ...createSignalHandlers(shared),
    ...createFailureHandlers(shared),
    ...createStatisticsHandlers(shared),
    ...createAlertHandlers(shared),
    ...createJobHandlers({ ...shared, onJob: () => runner.look() }),

    // Reports belong to the installation: they describe its machine and contain no data from runs.
    listReports: async () => ({ items: [...((await reports?.list()) ?? [])] }),
    getReport: async (_caller, { reportId }) => {
      const report = (await reports?.find(reportId)) ?? null;
      if (report === null) throw new HttpProblem("not_found", `There is no report "${reportId}"`);
      return report;
    },
  };
}
