/** A line to paste into a POSIX shell that sends `data` (JSON, or `@` and a file's path) as a webhook. */
export function curlLine(url: string, data: string): string {
  return `curl -sS -X POST ${quoted(url)} -H 'content-type: application/json' --data ${quoted(data)}`;
}

/** Text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
