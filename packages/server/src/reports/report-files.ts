import type { FastifyInstance } from "fastify";

import type { Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { Reports } from "./reports.ts";

/**
 * Only its own styles: no requests, no script with access to anything, an opaque origin, and frames only on our own pages. Whatever a file
 * in the reports folder contains, it cannot act for the person who views it.
 */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "sandbox allow-scripts allow-popups",
].join("; ");

/** A report's files as the benchmark wrote them: the page for people, and everything that was measured. */
export function registerReportFiles(app: FastifyInstance, authenticator: Authenticator, reports: Reports | null): void {
  app.get<{ Params: { readonly reportId: string } }>(
    "/api/v1/reports/:reportId/report.html",
    async (request, reply) => {
      await authenticator.caller(request, "read");
      const { reportId } = request.params;
      const page = (await reports?.page(reportId)) ?? null;
      if (page === null) throw new HttpProblem("not_found", `There is no report "${reportId}" with a page`);
      return reply
        .headers({ "content-security-policy": POLICY, "cache-control": "no-store", "referrer-policy": "no-referrer" })
        .type("text/html; charset=utf-8")
        .send(page);
    },
  );
  app.get<{ Params: { readonly reportId: string } }>(
    "/api/v1/reports/:reportId/result.json",
    async (request, reply) => {
      await authenticator.caller(request, "read");
      const { reportId } = request.params;
      const result = (await reports?.resultFile(reportId)) ?? null;
      if (result === null) throw new HttpProblem("not_found", `There is no report "${reportId}"`);
      return reply
        .headers({
          "cache-control": "no-store",
          "content-disposition": `attachment; filename="meshhook-${reportId}.json"`,
        })
        .type("application/json; charset=utf-8")
        .send(result);
    },
  );
}
