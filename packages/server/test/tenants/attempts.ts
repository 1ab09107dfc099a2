import type { RouteName, RouteSpec } from "@meshhook/contract";

import { BODIES, QUERIES, type Input } from "./cases.ts";
import type { FilledProject } from "./filled-project.ts";

export interface Attempt {
  /** Whose value is theirs; null: none. */
  readonly parameter: string | null;
  readonly input: Input;
}

/** The route with a name of theirs in each place where one fits, one after the other; or as it is, where none does. */
export function attemptsOf(
  [name, spec]: readonly [RouteName, RouteSpec],
  ours: FilledProject,
  theirs: FilledProject,
): readonly Attempt[] {
  const own: Input = Object.fromEntries(
    Object.keys(spec.params?.properties ?? {}).map((each) => [each, ours.names[each]?.[0] ?? "none"]),
  );
  const body = BODIES[name]?.(ours);
  const base: Input = { ...own, ...QUERIES[name], ...(body === undefined ? {} : { body }) };
  const attempts: Attempt[] = [];
  for (const parameter of [...Object.keys(own), ...Object.keys(spec.query?.properties ?? {})])
    for (const value of theirs.names[parameter] ?? (parameter === "reportId" ? [theirs.projectId] : []))
      attempts.push({ parameter, input: { ...base, [parameter]: value } });
  for (const parameter of leavesOf(spec.body))
    for (const value of parameter === "name" ? [] : (theirs.names[parameter] ?? []))
      attempts.push({
        parameter,
        input: { ...base, body: placed(body ?? {}, parameter, value, "filter" in (body ?? {})) },
      });
  // Where something of ours is named in the path as well: all of it theirs.
  const paths = Object.keys(own).filter((each) => theirs.names[each] !== undefined);
  if (paths.length > 1)
    attempts.push({
      parameter: paths.join(" "),
      input: { ...base, ...Object.fromEntries(paths.map((each) => [each, theirs.names[each]?.at(-1)])) },
    });
  return attempts.length > 0 ? attempts : [{ parameter: null, input: base }];
}

function placed(body: Input, parameter: string, name: string, isFilter: boolean): Input {
  const value = parameter.endsWith("Ids") ? [name] : name;
  return isFilter ? { ...body, filter: { [parameter]: value } } : { ...body, [parameter]: value };
}

/** Names of the fields of a schema, those of objects in it included. */
export function leavesOf(schema: unknown): readonly string[] {
  const { properties } = (schema ?? {}) as { readonly properties?: { readonly [name: string]: unknown } };
  return Object.entries(properties ?? {}).flatMap(([name, inner]) => {
    const leaves = leavesOf(inner);
    return leaves.length === 0 || name === "signatureSettings" || name === "definition" ? [name] : leaves;
  });
}

/** The same with another value in these places, which nothing has. */
export function changed(input: Input, parameter: string): Input {
  const change = (value: string): string => {
    const last = value.at(-1) ?? "";
    return `${value.slice(0, -1)}${last === "1" ? "2" : /[a-f0-9]/.test(last) ? "1" : /[A-Z]/.test(last) ? "Q" : "q"}`;
  };
  const names = parameter.split(" ");
  const walk = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, inner]) => [
            name,
            names.includes(name) && typeof inner === "string"
              ? change(inner)
              : names.includes(name) && Array.isArray(inner)
                ? inner.map((each) => change(String(each)))
                : walk(inner),
          ]),
        )
      : value;
  return walk(input) as Input;
}
