import { largest } from "../rule.ts";
import type { Rule } from "../rule.ts";

/** Of the backends' active time; more than half is a matter of the rule about the one dominating wait. */
const SHARE_MIN = 0.1;
const SHARE_MAX = 0.5;
const SAMPLES_MIN = 20;
const READS = /^IO:(?:DataFileRead|DataFilePrefetch)$/;
const NOT_WORK = /^Client:|^Activity:/;

export const pagesReadFromDisk: Rule = {
  name: "pages-read-from-disk",
  looksFor: "Statements that read pages which no longer fit into `shared_buffers`.",
  advice: {
    area: "infrastructure",
    change:
      "Raise `shared_buffers` to about a quarter of the machine's memory, at least until the newest partitions and their indexes fit.",
    expectedEffect:
      "Reads come from memory, so statements that look up runs become faster, for as much memory as the setting says.",
    effort: "small",
    risk: "low",
  },
  knob: { name: "shared_buffers", value: "1GB", improves: ["latency.ack.p99Ms", "throughput.completedPerSecond"] },
  diagnose({ scenarios }) {
    const reading = scenarios.flatMap((scenario) => {
      const waits = (scenario.database?.waits ?? []).filter(({ event }) => !NOT_WORK.test(event));
      const total = waits.reduce((sum, { samples }) => sum + samples, 0);
      const samples = waits.filter(({ event }) => READS.test(event)).reduce((sum, wait) => sum + wait.samples, 0);
      const share = samples / Math.max(1, total);
      return samples >= SAMPLES_MIN && share >= SHARE_MIN && share <= SHARE_MAX ? [{ scenario, samples, share }] : [];
    });
    const [first] = reading;
    if (first === undefined) return null;
    return {
      severity: "warning",
      title: "PostgreSQL reads pages that do not fit into its buffers",
      evidence: reading.flatMap(({ scenario, samples, share }) => [
        { scenario: scenario.name, metric: "database.waits IO:DataFileRead, share", value: share, limit: SHARE_MIN },
        { scenario: scenario.name, metric: "database.waits IO:DataFileRead", value: samples },
      ]),
      cause:
        "The pages that runs and readers need are more than `shared_buffers` holds, so they are read again from the operating system or the disk.",
      tryIn: first.scenario.name,
      effect: { share: largest(reading.map(({ share }) => share)), of: "the database's active time" },
    };
  },
};
