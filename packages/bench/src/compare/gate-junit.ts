import { element, XML_HEAD } from "../report/xml.ts";
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
  return XML_HEAD + all;
}

function outcome(check: GateCheck): string {
  if (isFailed(check)) return element("failure", { message: check.text });
  return isSkipped(check) ? element("skipped", { message: `${check.verdict}: ${check.text}` }) : "";
}

const isFailed = ({ verdict }: GateCheck) => verdict === "failed";
const isSkipped = ({ verdict }: GateCheck) => verdict === "inconclusive" || verdict === "void";
