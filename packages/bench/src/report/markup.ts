import { html } from "./html.ts";
import type { Html, HtmlValue } from "./html.ts";

/** A table that scrolls by itself where the page is narrow. `numeric` are the columns whose figures are aligned. */
export function table(
  head: readonly string[],
  rows: readonly (readonly HtmlValue[])[],
  numeric: readonly number[],
): Html {
  const align = (column: number) => (numeric.includes(column) ? " num" : "");
  return html`<div
    class="scroll"
    tabindex="0"
    role="region"
    aria-label="Table: ${head.filter((label) => label !== "").join(", ")}"
  >
    <table>
      <thead>
        <tr>
          ${head.map((label, column) => html`<th scope="col" class="cell${align(column)}">${label}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, column) => html`<td class="cell${align(column)}">${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Label and value pairs that flow into as many columns as fit. */
export function facts(pairs: readonly (readonly [label: string, value: HtmlValue])[]): Html {
  return html`<dl class="facts">
    ${pairs.map(
      ([label, value]) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

type Status = "passed" | "failed" | "interrupted" | "holds" | "broken";

const marks: { readonly [Key in Status]: { readonly sign: string; readonly tone: string } } = {
  passed: { sign: "✓", tone: "good" },
  holds: { sign: "✓", tone: "good" },
  failed: { sign: "✗", tone: "bad" },
  broken: { sign: "✗", tone: "bad" },
  interrupted: { sign: "■", tone: "warn" },
};

/** A status as sign and word, so that it does not depend on colour. */
export function statusBadge(status: Status): Html {
  const { sign, tone } = marks[status];
  return html`<span class="badge badge-${tone}"><span aria-hidden="true">${sign}</span> ${status}</span>`;
}

/** Text in which backticks mark code; a single one stays as it is. */
export function prose(text: string): HtmlValue {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return text;
  return parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
