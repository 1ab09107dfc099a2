import { existsSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { packageNames, repositoryFiles, ROOT, textOf } from "./tree.ts";

const files = repositoryFiles();

test("every package opens with a document that says what it is for", () => {
  const broken = packageNames().flatMap((name) => {
    const path = `packages/${name}/src/index.ts`;
    if (!existsSync(join(ROOT, path))) return [`${path} is missing: a package has one door.`];
    const document = /^\/\*\*\n([^]*?)\*\//.exec(textOf(path))?.[1] ?? "";
    return document.split("\n").length < 4 ? [`${path} does not open with a package document of a few lines.`] : [];
  });
  expect(broken).toEqual([]);
});

test("nothing in the tree names a path of one machine or the address of a package registry", () => {
  const MACHINE_PATH = /(?:^|["'`\s=(:])\/(?:work|root|home|farm|Users)\/[\w.]/m;
  const REGISTRY = /https?:\/\/(?:registry|deb|npm)\.[\w.-]+/;
  const broken = files
    .filter((path) =>
      /\.(ts|mjs|js|json|jsonc|md|sql|ya?ml|sh|html|css|svg)$|(^|\/)(\.npmrc|\.env\.example|run)$/.test(path),
    )
    .flatMap((path) => {
      const text = textOf(path);
      return [MACHINE_PATH, REGISTRY].flatMap((pattern) => {
        const found = pattern.exec(text)?.[0].trim();
        return found === undefined ? [] : [`${path} holds "${found}".`];
      });
    });
  expect(broken).toEqual([]);
});

test("every decision is listed in the index of decisions", () => {
  const index = textOf("docs/decisions/README.md");
  const missing = files
    .filter((path) => /^docs\/decisions\/\d{4}-.*\.md$/.test(path))
    .map((path) => path.slice("docs/decisions/".length))
    .filter((name) => !index.includes(`(${name})`));
  expect(missing).toEqual([]);
});

test("every link in a Markdown file leads to a file and a heading that exist", () => {
  const broken = files
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) =>
      linksOf(path)
        .filter((link) => !leadsSomewhere(path, link))
        .map((link) => `${path} links to ${link}, which does not exist.`),
    );
  expect(broken).toEqual([]);
});

/** Link targets outside code, without those that leave the repository. */
function linksOf(path: string): readonly string[] {
  const prose = textOf(path)
    .replaceAll(/^```[^]*?^```/gm, "")
    .replaceAll(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
    .map((match) => match[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(from: string, link: string): boolean {
  const [target = "", heading] = link.split("#");
  const path = target === "" ? from : join(from, "..", target);
  if (!existsSync(join(ROOT, path))) return false;
  return heading === undefined || !path.endsWith(".md") || headingsOf(path).includes(heading);
}

/** The anchors that GitHub makes of a file's headings. */
function headingsOf(path: string): readonly string[] {
  return [...textOf(path).matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
