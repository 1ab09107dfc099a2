import type { ProblemIssue } from "@meshhook/contract";
import type { RedactionRule } from "@meshhook/journal";
import { PathError, PatternError, Redaction } from "@meshhook/runtime";

/** What is wrong with rules, besides what their schema says. `path`: of the list in the request. */
export function ruleIssues(path: string, rules: readonly RedactionRule[]): readonly ProblemIssue[] {
  return rules.flatMap((rule, at) => [
    ...(rules.findIndex(({ name }) => name === rule.name) === at
      ? []
      : [issue(`${path}/${at}/name`, `Another rule of the list is called "${rule.name}", and counts would mix.`)]),
    ...(isIdle(rule)
      ? [
          issue(
            `${path}/${at}`,
            `The rule "${rule.name}" names nothing to redact: give it paths, headers, query, patterns, expressions or address.`,
          ),
        ]
      : []),
    ...openingIssues(`${path}/${at}`, rule),
  ]);
}

function isIdle({ paths, headers, query, patterns, expressions, address }: RedactionRule): boolean {
  return [paths, headers, query, patterns, expressions].every((list) => list === undefined) && address !== true;
}

function openingIssues(path: string, rule: RedactionRule): readonly ProblemIssue[] {
  const { name } = rule;
  const parts = [
    ...(rule.paths ?? []).map((each, at) => ({ at: `${path}/paths/${at}`, part: { name, paths: [each] } })),
    ...(rule.expressions ?? []).map((each, at) => ({
      at: `${path}/expressions/${at}`,
      part: { name, expressions: [each] },
    })),
  ];
  return parts.flatMap(({ at, part }) => {
    try {
      new Redaction([part], null);
      return [];
    } catch (error) {
      if (!(error instanceof PathError || error instanceof PatternError)) throw error;
      return [issue(at, `${error.message}.`)];
    }
  });
}

function issue(path: string, message: string): ProblemIssue {
  return { path, code: "invalid_value", message };
}
