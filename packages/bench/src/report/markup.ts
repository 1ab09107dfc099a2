import { html } from "./html.ts";
import type { Html, HtmlValue } from "./html.ts";

/**
 * A table that scrolls by itself where it has no room, and whose rows become blocks on a phone. `numeric` are the columns whose figures
 * are aligned; a heading in parentheses is for those who hear the table, where those who see it need none.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly HtmlValue[])[],
  numeric: readonly number[],
): Html {
  const align = (column: number) => (numeric.includes(column) ? " num" : "");
  // A group and not a region: a page with a hundred tables has no hundred landmarks.
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Table: ${head.map(spoken).join(", ")}">
    <table>
      <thead>
        <tr>
          ${head.map((label, column) => html`<th scope="col" class="cell${align(column)}">${isSpokenOnly(label) ? html`<span class="spoken">${spoken(label)}</span>` : label}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, column) => html`<td class="cell${align(column)}" data-label="${spoken(head[column] ?? "")}"><div>${cell}</div></td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function isSpokenOnly(label: string): boolean {
  return label.startsWith("(");
}

function spoken(label: string): string {
  return isSpokenOnly(label) ? label.slice(1, -1) : label;
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

type Status = "passed" | "failed" | "inconclusive" | "void" | "interrupted" | "holds" | "missed" | "not shown";

const marks: { readonly [Key in Status]: { readonly sign: string; readonly tone: string } } = {
  passed: { sign: "✓", tone: "good" },
  holds: { sign: "✓", tone: "good" },
  failed: { sign: "✗", tone: "bad" },
  missed: { sign: "✗", tone: "bad" },
  "not shown": { sign: "?", tone: "warn" },
  inconclusive: { sign: "?", tone: "warn" },
  void: { sign: "∅", tone: "warn" },
  interrupted: { sign: "■", tone: "warn" },
};

/** The sign of a status. */
export function statusSign(status: Status): string {
  return marks[status].sign;
}

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

/** Text with a capital at its beginning. */
export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
