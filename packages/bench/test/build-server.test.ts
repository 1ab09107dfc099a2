import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { selectScenarios } from "../src/scenario/selection.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FOLDER = join(ROOT, ".github/workflows");

interface Job {
  readonly permissions?: object;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}
interface Workflow {
  readonly on: object;
  readonly permissions?: object;
  readonly jobs: { readonly [name: string]: Job };
}

const workflows = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(join(FOLDER, name), "utf8");
  return { name, text, workflow: parse(text) as Workflow };
});
const steps = workflows.flatMap(({ workflow }) => Object.values(workflow.jobs).flatMap((job) => job.steps));
const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

/** The program's own help, which `npm run generate` keeps current. */
const reference = readFileSync(join(ROOT, "docs/reference/cli.md"), "utf8");

/** Our commands in the scripts: the words after `npm run bench --` or `npm run meshhook --`, up to where the shell ends the command. */
const commands = scripts.flatMap((script) =>
  [...script.matchAll(/npm run (?:--silent )?(bench|meshhook) -- (.*)/g)].map(([, program, rest = ""]) => {
    const words = (rest.split(/ (?:\|\||&&|>>?|\|) ?|;/)[0] ?? "").trim().split(/\s+/);
    return program === "bench" ? ["bench", ...words] : words;
  }),
);

/** What is wrong with a command, by the help of the program; empty when nothing is. */
function mistakesOf(words: readonly string[]): string[] {
  const name = [2, 1].map((length) => words.slice(0, length).join(" ")).find((name) => helpOf(name) !== null);
  if (name === undefined) return [`${words.join(" ")}: there is no such command`];
  const help = helpOf(name) ?? "";
  const usage = /^Usage: .*?\[options\](.*)$/m.exec(help)?.[1] ?? "";
  const positional: string[] = [];
  const mistakes: string[] = [];
  const rest = words.slice(name.split(" ").length);
  for (let index = 0; index < rest.length; index += 1) {
    const word = rest[index] ?? "";
    if (!word.startsWith("--")) {
      positional.push(word);
      continue;
    }
    const option = optionText(help, word);
    if (option === null) mistakes.push(`${name} has no option ${word}`);
    else if (option.startsWith(`${word} <`)) {
      const value = rest[(index += 1)];
      const choices = /choices: (.*?), default/.exec(option)?.[1];
      if (value === undefined || value.startsWith("--")) mistakes.push(`${name} ${word} has no value`);
      else if (choices?.includes(`"${value}"`) === false)
        mistakes.push(`${name} ${word} is none of ${choices}: ${value}`);
    }
  }
  const least = usage.match(/<[^>]+>/g)?.length ?? 0;
  const most = usage.includes("...") ? Infinity : (usage.match(/<[^>]+>|\[[^\]]+\]/g)?.length ?? 0);
  if (positional.length < least || positional.length > most)
    mistakes.push(`${name} takes "${usage.trim()}" and gets ${String(positional.length)} arguments`);
  return mistakes;
}

function helpOf(name: string): string | null {
  return reference.split(`\n## meshhook ${name}\n`)[1]?.split("\n## ")[0] ?? null;
}

/** The lines that describe an option, as one; null when there are none. */
function optionText(help: string, word: string): string | null {
  const lines = help.split("\n");
  const first = lines.findIndex((line) => line.trimStart().startsWith(`${word} `));
  if (first === -1) return null;
  const more = lines.slice(first + 1);
  const end = more.findIndex((line) => /^ {0,4}\S|^$/.test(line));
  return [lines[first], ...more.slice(0, end)].map((line) => line?.trim()).join(" ");
}

test("every command of the build server exists, with its options and as many arguments as it takes", () => {
  expect(commands.map((words) => words.slice(0, 2).join(" "))).toEqual(
    expect.arrayContaining(["bench run", "bench gate", "bench trend"]),
  );
  expect(commands.flatMap(mistakesOf)).toEqual([]);
});

test("a command that does not exist, an unknown option, a wrong choice and a missing argument are noticed", () => {
  expect(mistakesOf(["bench", "measure", "quick"])).toEqual([expect.stringContaining("bench takes")]);
  expect(mistakesOf(["benchmark"])).toEqual(["benchmark: there is no such command"]);
  expect(mistakesOf(["bench", "gate", "report", "--base", "main"])).toContain("bench gate has no option --base");
  expect(mistakesOf(["bench", "gate", "report", "--format", "html"])).toEqual([
    expect.stringContaining("bench gate --format is none of"),
  ]);
  expect(mistakesOf(["bench", "gate", "--strict"])).toEqual([expect.stringContaining("gets 0 arguments")]);
  expect(mistakesOf(["bench", "gate", "a", "b"])).toEqual([expect.stringContaining("gets 2 arguments")]);
});

test("what the build server measures is in the catalogue", () => {
  const what = commands.filter(([bench, run]) => bench === "bench" && run === "run").map((words) => words[2] ?? "");
  expect(what).toEqual(expect.arrayContaining(["quick", "standard"]));
  expect(selectScenarios({ what, duration: null, rate: null, overrides: [] })).not.toHaveProperty("mistakes");
});

describe.for(workflows)("$name", ({ text, workflow }) => {
  test("its scripts are valid shell, and what they start is there", () => {
    for (const job of Object.values(workflow.jobs)) {
      for (const { run } of job.steps) {
        if (run === undefined) continue;
        expect(() => execFileSync("bash", ["-n"], { input: run, stdio: ["pipe", "ignore", "pipe"] })).not.toThrow();
        for (const [path] of run.matchAll(/^\.[\w/-]+/gm)) expect(existsSync(join(ROOT, path)), path).toBe(true);
      }
    }
  });

  test("every action is pinned by its commit, with the version beside it", () => {
    const uses = text.split("\n").filter((line) => /^\s*-? ?uses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("it may read, and only the job that runs none of our code may comment; every job has an end", () => {
    expect(workflow.permissions).toBeDefined();
    const writesOf = (permissions: object = {}) => Object.entries(permissions).filter(([, level]) => level === "write");
    expect(writesOf(workflow.permissions)).toEqual([]);
    for (const [name, job] of Object.entries(workflow.jobs)) {
      expect(writesOf(job.permissions), name).toEqual(name === "comment" ? [["pull-requests", "write"]] : []);
      expect(job["timeout-minutes"], name).toBeLessThanOrEqual(90);
    }
    const comment = workflow.jobs["comment"];
    if (comment === undefined) return;
    expect(comment.steps.some(({ uses }) => uses?.startsWith("actions/checkout"))).toBe(false);
    expect(comment.steps.some(({ run }) => run?.includes("npm"))).toBe(false);
  });
});
