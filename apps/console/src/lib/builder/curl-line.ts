/** A body longer than this is not written into a command line. */
const BODY_LENGTH_MAX = 4_000;

/** The curl command that sends a webhook, for a POSIX shell. */
export function curlLine(url: string, body: string, headers: { readonly [name: string]: string } = {}): string {
  const isLong = body.length > BODY_LENGTH_MAX;
  const all = { "content-type": "application/json", ...headers };
  return [
    `curl -i ${quoted(url)}`,
    ...Object.entries(all).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-binary ${isLong ? "@sample.json" : quoted(body)}`,
  ].join(" \\\n  ");
}

/** In single quotes, only the quote itself is special. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
