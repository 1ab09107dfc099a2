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
    const commands = [...(/\nCommands:\n([^]*?)(\n\n|$)/.exec(overview)?.[1] ?? "").matchAll(/^ {2}(\w+)/gm)]
      .map((match) => match[1] ?? "")
      .filter((name) => name !== "help");
    const pages = await Promise.all(commands.map(async (name) => `## meshhook ${name}\n\n${fenced(await help(name))}`));
    return `${markdownNotice("the help that the program prints")}
# Command line

In a clone, run \`npm run meshhook -- <command>\`. \`npm start\` and \`npm run bench\` are short for \`start\` and \`bench\`.

${fenced(overview)}

${pages.join("\n\n")}
`;
  },
};

async function help(...command: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(ROOT, "packages/cli/src/main.ts"), ...command, "--help"], {
    env: { COLUMNS: "100", NO_COLOR: "1" },
  });
  return stdout;
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trim()}\n\`\`\``;
}
