import { curlLine } from "../terminal/curl-line.ts";
import type { FirstWebhook } from "./first-webhook.ts";

/** What a person reads when MeshHook is ready. The key and the first webhook are there at the first start only. */
export function welcomeText(start: {
  readonly url: string;
  readonly hasConsole: boolean;
  readonly database: string;
  readonly dataDir: string;
  readonly generatedKey: string | null;
  readonly isKeyGiven: boolean;
  readonly firstWebhook: FirstWebhook | null;
}): string {
  const key = keyLines(start.generatedKey, start.isKeyGiven);
  return `
  MeshHook is ready at ${start.url}

${start.hasConsole ? `  Console    ${start.url}/\n` : ""}  API        ${start.url}/docs
  Database   ${start.database}
  Data       ${start.dataDir}
${key}
  Try it, in a second terminal:

${tryLines(start.url, start.firstWebhook)}

  Ctrl-C stops MeshHook; it goes on where it was with the next start.

`;
}

function tryLines(url: string, firstWebhook: FirstWebhook | null): string {
  if (firstWebhook !== null) return `    ${curlLine(url + firstWebhook.path, JSON.stringify(firstWebhook.sample))}`;
  return `    npm run meshhook -- apply examples/order-gate/workflow.json
    npm run meshhook -- run order-gate --payload examples/order-gate/payload.json --follow`;
}

function keyLines(generatedKey: string | null, isKeyGiven: boolean): string {
  if (generatedKey !== null) {
    return `
  Admin key, shown this once. Commands read it from the environment:

    export MESHHOOK_ADMIN_KEY=${generatedKey}
`;
  }
  if (isKeyGiven) return "  Admin key  the one in MESHHOOK_ADMIN_KEY\n";
  return "  Admin key  shown at the first start; lost it? Start with MESHHOOK_ADMIN_KEY=mh_<32 letters of your own>\n";
}
