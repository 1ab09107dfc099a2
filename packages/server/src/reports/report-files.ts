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

/** Themes that `?theme=` takes. Without it a report follows the browser. */
const THEMES: ReadonlySet<string> = new Set(["light", "dark"]);

/** A report's files as the benchmark wrote them: the page for people, and everything that was measured. */
export function registerReportFiles(app: FastifyInstance, authenticator: Authenticator, reports: Reports | null): void {
  app.get<{
    Params: { readonly reportId: string };
    Querystring: { readonly theme?: unknown; readonly embedded?: unknown };
  }>("/api/v1/reports/:reportId/report.html", async (request, reply) => {
    await authenticator.caller(request, { scope: "read" });
    const { reportId } = request.params;
    const theme = themeOf(request.query.theme);
    const isEmbedded = isEmbeddedIn(request.query.embedded);
    const page = (await reports?.page(reportId)) ?? null;
    if (page === null) throw new HttpProblem("not_found", `There is no report "${reportId}" with a page`);
    return reply
      .headers({ "content-security-policy": POLICY, "cache-control": "no-store", "referrer-policy": "no-referrer" })
      .type("text/html; charset=utf-8")
      .send(
        Buffer.concat([
          page,
          ...(theme === null ? [] : [themeStyle(theme)]),
          ...(isEmbedded ? [Buffer.from(EMBEDDED_STYLE)] : []),
        ]),
      );
  });
  app.get<{ Params: { readonly reportId: string } }>(
    "/api/v1/reports/:reportId/result.json",
    async (request, reply) => {
      await authenticator.caller(request, { scope: "read" });
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

/** @throws HttpProblem  `request_invalid`. */
function themeOf(theme: unknown): string | null {
  if (theme === undefined) return null;
  if (typeof theme === "string" && THEMES.has(theme)) return theme;
  throw new HttpProblem(
    "request_invalid",
    `"theme" is ${JSON.stringify(theme)}; it must be "light" or "dark". Leave it out to follow the browser`,
  );
}

/** The page around a report has a bar of its own. */
const EMBEDDED_STYLE = `<style>:root { --top-bar: none }</style>\n`;

/** @throws HttpProblem  `request_invalid`. */
function isEmbeddedIn(embedded: unknown): boolean {
  if (embedded === undefined) return false;
  if (embedded === "true") return true;
  throw new HttpProblem(
    "request_invalid",
    `"embedded" is ${JSON.stringify(embedded)}; it must be "true". Leave it out for a page with its own bar`,
  );
}

/**
 * Stands after the report's own styles, so it counts instead of their default. What someone chooses in the report is more specific and
 * counts more; paper stays light.
 */
function themeStyle(theme: string): Buffer {
  return Buffer.from(`<style>@media screen { :root { color-scheme: ${theme} } }</style>\n`);
}
