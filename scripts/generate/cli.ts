import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { ROOT } from "../step.ts";
import { markdownNotice, type GeneratedFile } from "./page.ts";

const run = promisify(execFile);

/** The help of `meshhook` and of each of its commands, as a terminal of 100 columns shows it. */
export const commandLine: GeneratedFile = {
  path: "docs/reference/cli.md",
  make: async () => {
    const overview = await help();
    const pages = await Promise.all(commandsOf(overview).map((name) => pagesOf(name)));
    return `${markdownNotice("the help that the program prints")}
# Command line

In a clone, run \`npm run meshhook -- <command>\`. \`npm start\` and \`npm run bench\` are short for \`start\` and \`bench\`.

${fenced(overview)}

${pages.flat().join("\n\n")}
`;
  },
};

/** The page of a command, and then those of its own commands. */
async function pagesOf(...command: readonly string[]): Promise<string[]> {
  const text = await help(...command);
  const inner = await Promise.all(commandsOf(text).map((name) => pagesOf(...command, name)));
  return [`## meshhook ${command.join(" ")}\n\n${fenced(text)}`, ...inner.flat()];
}

/** The commands that a help text lists. */
function commandsOf(text: string): string[] {
  return [...(/\nCommands:\n([^]*?)(\n\n|$)/.exec(text)?.[1] ?? "").matchAll(/^ {2}([\w-]+)/gm)]
    .map((match) => match[1] ?? "")
    .filter((name) => name !== "help");
}

async function help(...command: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, "packages/cli/src/main.ts"), ...command, "--help"], {
    env: { COLUMNS: "100", NO_COLOR: "1" },
  });
  return stdout;
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trim()}\n\`\`\``;
}
