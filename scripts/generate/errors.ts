import { problems } from "../../packages/contract/src/index.ts";
import { issueCatalogue, stepErrorCatalogue } from "../../packages/core/src/index.ts";
import { markdownNotice, markdownTable, type GeneratedFile } from "./page.ts";

/** Every code that people and programs meet, from the three catalogues. */
export const errors: GeneratedFile = {
  path: "docs/reference/errors.md",
  make: () => `${markdownNotice("packages/contract/src/problems.ts and packages/core/src/error")}
# Errors

Codes are stable: a released code keeps its meaning and is never reused. Each kind has one catalogue.

## Problems over HTTP

Every error answer is \`application/problem+json\` (RFC 9457) with \`code\`, \`status\`, \`title\` and \`detail\`. Where there
can be several mistakes, \`issues\` lists them all.

${markdownTable(
  ["Code", "Status", "Meaning", "Remedy"],
  Object.entries(problems).map(([code, { status, meaning, remedy }]) => [
    `\`${code}\``,
    String(status),
    meaning,
    remedy,
  ]),
)}

## Issues of a definition

Validation returns all issues at once, each with \`path\` (a JSON Pointer), \`code\`, \`message\` and \`fix\`.

${catalogueTable(issueCatalogue)}

## Failures of a step or a run

These codes appear in a run's \`error.code\` and in its events.

${catalogueTable(stepErrorCatalogue)}
`,
};

function catalogueTable(catalogue: {
  readonly [code: string]: { readonly meaning: string; readonly remedy: string };
}): string {
  return markdownTable(
    ["Code", "Meaning", "Remedy"],
    Object.entries(catalogue).map(([code, { meaning, remedy }]) => [`\`${code}\``, meaning, remedy]),
  );
}
