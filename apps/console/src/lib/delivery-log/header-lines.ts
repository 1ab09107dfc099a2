/** Headers as people type them, one in each line; `fault` says which line is none. */
export function readHeaderLines(text: string): {
  readonly headers: { readonly [name: string]: string };
  readonly fault: string | null;
} {
  const headers = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, name, value] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \t]*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      return { headers: {}, fault: `"${line.trim()}" is not a header. Write it as name: value.` };
    headers.set(name.toLowerCase(), value);
  }
  return { headers: Object.fromEntries(headers), fault: null };
}
