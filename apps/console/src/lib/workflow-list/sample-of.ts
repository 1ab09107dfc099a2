/** The payload that a workflow's document gives as its example; an empty object where it gives none. */
export function sampleOf(definition: unknown): unknown {
  const input = (definition as { readonly input?: { readonly sample?: unknown } } | null)?.input;
  return input?.sample ?? {};
}

/** The line for a terminal that sends this payload. */
export function curlOfWebhook(url: string, payload: unknown): string {
  const data = JSON.stringify(payload).replaceAll("'", String.raw`'\''`);
  return `curl -sS -X POST ${url} -H 'content-type: application/json' --data '${data}'`;
}
