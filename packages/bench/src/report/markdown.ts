/** Escapes text for Markdown prose and table cells: it shows as it is, on one line. */
export function escapeMarkdown(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>#|~!@$]/g, (character) => (character === "@" ? "&#64;" : `\\${character}`));
}

/** Inline code that no content can end early; fit for table cells. */
export function inlineCode(text: string): string {
  const line = oneLine(text).replace(/\|/g, "\\|");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A table of cells that are Markdown already; `numeric` columns are aligned right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[], numeric: readonly number[] = []): string {
  const rule = head.map((_, column) => (numeric.includes(column) ? "--:" : "---"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
