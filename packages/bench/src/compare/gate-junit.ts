import type { GateCheck, GateReport } from "./gate.ts";

/** The gate as JUnit's XML: a suite per scenario, a test per check; what is inconclusive or void is skipped, with its text. */
export function gateJunit(report: GateReport): string {
  const suites = report.scenarios.map(({ name, checks }) => {
    const count = (isCounted: (check: GateCheck) => boolean) => checks.filter(isCounted).length;
    const counts = { tests: checks.length, failures: count(isFailed), skipped: count(isSkipped) };
    const cases = checks.map((check) => element("testcase", { classname: name, name: check.name }, outcome(check)));
    return element("testsuite", { name, ...counts }, cases.join(""));
  });
  const all = element("testsuites", { name: "meshhook bench gate" }, suites.join(""));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${all}`;
}

function outcome(check: GateCheck): string {
  if (isFailed(check)) return element("failure", { message: check.text });
  return isSkipped(check) ? element("skipped", { message: `${check.verdict}: ${check.text}` }) : "";
}

const isFailed = ({ verdict }: GateCheck) => verdict === "failed";
const isSkipped = ({ verdict }: GateCheck) => verdict === "inconclusive" || verdict === "void";

/** @param content  Elements that are XML already. */
function element(name: string, attributes: { readonly [name: string]: string | number }, content = ""): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(String(value))}"`);
  return `<${name}${pairs.join("")}>${content}</${name}>`;
}

const ENTITIES: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for a quoted attribute. XML has no way to write most control characters. */
function escape(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const written = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return written.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
