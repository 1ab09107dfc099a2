import { expect, test } from "vitest";
import { escapeMarkdown, inlineCode, markdownProse, markdownTable } from "./markdown.ts";

test("prose cannot start markup, break a table cell or call a person", () => {
  expect(escapeMarkdown("a | b\n**c** <script> [x](y) @team #1 `d`")).toBe(
    "a \\| b \\*\\*c\\*\\* \\<script\\> \\[x\\](y) &#64;team \\#1 \\`d\\`",
  );
});

test("code with backticks gets a longer fence, and a bar does not end its cell", () => {
  expect(inlineCode("a <= 12")).toBe("`a <= 12`");
  expect(inlineCode("a `b` | c`")).toBe("`` a `b` \\| c` ``");
});

test("a table aligns its figures to the right", () => {
  expect(markdownTable(["Name", "ms"], [["ack", "1.42"]], [1])).toBe("| Name | ms |\n| --- | --: |\n| ack | 1.42 |");
});

test("backticks in prose mark code; a single one is a character", () => {
  expect(markdownProse("Set `wal_compression = lz4` and *raise* `max_wal_size`.")).toBe(
    "Set `wal_compression = lz4` and \\*raise\\* `max_wal_size`.",
  );
  expect(markdownProse("a ` b")).toBe("a \\` b");
});
