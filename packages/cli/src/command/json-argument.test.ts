import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readJsonArgument } from "./json-argument.ts";

describe("JSON on the command line", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "meshhook-json-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function fileOf(bytes: Uint8Array): Promise<string> {
    const path = join(folder, "given.json");
    await writeFile(path, bytes);
    return `@${path}`;
  }

  it("keeps its digits, given as it is or in a file with a byte order mark", async () => {
    const text = '{"id":12345678901234567890}';
    for (const given of [text, await fileOf(Buffer.from(`\ufeff${text}`))])
      expect(JSON.stringify(await readJsonArgument("The payload", given))).toBe(text);
  });

  it("is refused in another encoding than UTF-8, and never changed", async () => {
    await expect(
      readJsonArgument("The payload", await fileOf(Buffer.from('{"name":"Zoë"}', "latin1"))),
    ).rejects.toThrow(/given\.json: Cannot read the file: it is not encoded in UTF-8/);
  });

  it("is refused by the name of what was given", async () => {
    await expect(readJsonArgument("The --input", "{by:Ann}")).rejects.toThrow(/^The --input is not JSON: .* offset 1/);
    await expect(readJsonArgument("The --input", await fileOf(Buffer.from("{")))).rejects.toThrow(
      /^The file .* is not JSON/,
    );
    await expect(readJsonArgument("The --input", "@/nowhere/at.all")).rejects.toThrow(/Cannot read the file: ENOENT/);
  });
});
