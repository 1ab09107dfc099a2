/** Escapes text for Markdown prose and table cells: it shows as it is, on one line. */
export function escapeMarkdown(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>#|~!@$]/g, (character) =>
    character === "@" ? "&#64;" : `\\${character}`,
  );
}

/** Escapes prose in which backticks mark code: that stays code. */
export function markdownProse(text: string): string {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return escapeMarkdown(text);
  return parts.map((part, index) => (index % 2 === 1 ? inlineCode(part) : escapeSpaced(part))).join("");
}

/** Like `escapeMarkdown`, but keeps a space at either end, which parts it from the code beside it. */
function escapeSpaced(part: string): string {
  return `${/^\s/.test(part) ? " " : ""}${escapeMarkdown(part)}${/\S\s+$/.test(part) ? " " : ""}`;
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
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[] = [],
): string {
  const rule = head.map((_, column) => (numeric.includes(column) ? "--:" : "---"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
