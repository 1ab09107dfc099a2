import { renderResultSchema } from "@meshhook/bench";
import { ResultFileSchema } from "@meshhook/contract";
import { expect, test } from "vitest";

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly patternProperties?: { readonly [pattern: string]: Schema };
  readonly additionalProperties?: Schema | boolean;
}

/** Places that the reader relies on and the writer does not guarantee. */
function unpromised(read: Schema, written: Schema, path = ""): string[] {
  const variants = [written, ...(written.anyOf ?? [])];
  const whole = (read.anyOf ?? [read]).find(({ properties }) => properties !== undefined) ?? read;
  const places: string[] = [];
  for (const [name, property] of Object.entries(whole.properties ?? {})) {
    const owner = variants.find(({ required }) => required?.includes(name) === true);
    const found = owner?.properties?.[name];
    if (found === undefined) places.push(`${path}/${name}`);
    else places.push(...unpromised(property, found, `${path}/${name}`));
  }
  if (whole.items !== undefined) {
    const items = variants.find((variant) => variant.items !== undefined)?.items;
    places.push(...(items === undefined ? [`${path}/*`] : unpromised(whole.items, items, `${path}/*`)));
  }
  const [values] = Object.values(whole.patternProperties ?? {});
  if (values !== undefined) {
    const all = written.additionalProperties;
    places.push(...(typeof all === "object" ? unpromised(values, all, `${path}/*`) : [`${path}/*`]));
  }
  const unknown = (written.enum ?? []).filter((word) => read.enum !== undefined && !read.enum.includes(word));
  return [...places, ...unknown.map((word) => `${path} = ${String(word)}`)];
}

test("whatever the server reads of a result, the benchmark writes", () => {
  const written = JSON.parse(renderResultSchema()) as Schema;
  const read = JSON.parse(JSON.stringify(ResultFileSchema)) as Schema;
  expect(unpromised(read, written)).toEqual([]);
  // The comparison finds what is missing.
  const { scenarios, ...others } = read.properties ?? {};
  const more = { ...read, properties: { ...others, scenarios: { ...scenarios, items: { properties: { gone: {} } } } } };
  expect(unpromised(more, written)).toEqual(["/scenarios/*/gone"]);
});
