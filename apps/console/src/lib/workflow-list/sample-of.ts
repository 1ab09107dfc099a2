/** The sample payload in a workflow's document, or an empty object. */
export function sampleOf(definition: unknown): unknown {
  const input = (definition as { readonly input?: { readonly sample?: unknown } } | null)?.input;
  return input?.sample ?? {};
}

/** The command line that sends this payload. */
export function curlOfWebhook(url: string, payload: unknown): string {
  const data = JSON.stringify(payload).replaceAll("'", String.raw`'\''`);
  return `curl -sS -X POST ${url} -H 'content-type: application/json' --data '${data}'`;
}
