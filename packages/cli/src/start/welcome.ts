import { EXAMPLES, PROGRAM } from "../installation.ts";
import { curlLine, quoted } from "../terminal/curl-line.ts";
import type { FirstWebhook } from "./first-webhook.ts";

/** Where the commands look for MeshHook unless they are told otherwise. */
const DEFAULT_URL = "http://127.0.0.1:3000";

/** What a person reads when MeshHook is ready. The first webhook is shown at the first start only. */
export function welcomeText(start: {
  readonly url: string;
  readonly hasConsole: boolean;
  readonly processes: number;
  readonly database: string;
  readonly dataDir: string;
  readonly generatedKey: string | null;
  readonly isKeyGiven: boolean;
  /** Where a generated key is kept; null without one. */
  readonly keyFile: string | null;
  readonly firstWebhook: FirstWebhook | null;
  readonly retentionDays: number | "off";
}): string {
  const key = keyLines(start);
  return `
  MeshHook is ready at ${start.url}

${start.hasConsole ? `  Console    ${start.url}/\n` : ""}  API        ${start.url}/docs
  Database   ${start.database}
  Data       ${start.dataDir}
  Retention  ${start.retentionDays === "off" ? "runs are kept for ever" : `runs are removed after ${start.retentionDays} days`} (MESHHOOK_RETENTION_DAYS)
${start.processes === 1 ? "" : `  Processes  ${start.processes}\n`}${key}
  Try it, in a second terminal:

${tryLines(start.url, start.firstWebhook)}

  Ctrl-C stops MeshHook. The next start continues where this one stopped.

`;
}

function tryLines(url: string, firstWebhook: FirstWebhook | null): string {
  if (firstWebhook !== null) return `    ${curlLine(url + firstWebhook.path, JSON.stringify(firstWebhook.sample))}`;
  const setUrl = url === DEFAULT_URL ? "" : `    export MESHHOOK_URL=${url}\n`;
  return `${setUrl}    ${PROGRAM} apply ${EXAMPLES}/order-gate/workflow.json
    ${PROGRAM} run order-gate --payload ${EXAMPLES}/order-gate/payload.json --follow`;
}

function keyLines(start: {
  readonly generatedKey: string | null;
  readonly isKeyGiven: boolean;
  readonly keyFile: string | null;
}): string {
  if (start.generatedKey !== null) {
    return `
  Admin key, ${start.keyFile === null ? "shown only once" : `kept in ${start.keyFile}`}. Commands read the key from the environment:

    export MESHHOOK_ADMIN_KEY=${start.generatedKey}
`;
  }
  if (start.isKeyGiven) return "  Admin key  the one in MESHHOOK_ADMIN_KEY\n";
  if (start.keyFile !== null) return `  Admin key  export MESHHOOK_ADMIN_KEY=$(cat ${quoted(start.keyFile)})\n`;
  return "  Admin key  printed at the first start; to replace a lost key, start with MESHHOOK_ADMIN_KEY=mh_<32 characters of your own>\n";
}
