import { formatTime, type ReportDetail, type ResultFile } from "@meshhook/contract";

/** A result as the API shows it: the main figures and the findings. */
export function reportDetail(
  folder: { readonly id: string; readonly hasPage: boolean },
  result: ResultFile,
): ReportDetail {
  const { suite, verdict, command, commit, environment, scenarios, findings, deviations } = result;
  const { host, node, meshhook, postgres, fsync, synchronousCommit, fingerprint } = environment;
  const thresholds = scenarios.flatMap((scenario) => scenario.thresholds);
  const countOf = (wanted: "passed" | "failed") => scenarios.filter(({ status }) => status === wanted).length;
  const [passed, failed] = [countOf("passed"), countOf("failed")];
  return {
    id: folder.id,
    suite,
    startedAt: timeOf(result.startedAtMs),
    finishedAt: timeOf(result.finishedAtMs),
    verdict,
    command,
    commit: commit === null ? null : { revision: commit.revision, isDirty: commit.isDirty },
    environment: {
      os: host.os,
      cpuModel: host.cpuModel,
      cores: host.cores,
      memoryBytes: host.memoryBytes,
      isVirtual: host.isVirtual,
      node,
      meshhook,
      postgres: postgres.version,
      isDurable: fsync === null ? null : fsync && synchronousCommit === "on",
      fingerprint,
    },
    scenarios: { passed, failed, undecided: scenarios.length - passed - failed },
    thresholds: { held: thresholds.filter(({ holds }) => holds).length, total: thresholds.length },
    figures: scenarios.map(({ name, title, group, status, throughput, latency }) => ({
      scenario: name,
      title,
      group,
      status,
      completedPerSecond: throughput?.completedPerSecond ?? null,
      ackMsP50: latency["ack"]?.p50Ms ?? null,
      ackMsP99: latency["ack"]?.p99Ms ?? null,
    })),
    hasPage: folder.hasPage,
    findings: findings
      .toSorted((left, right) => right.recommendation.rank - left.recommendation.rank)
      .map(({ id, severity, title, cause, recommendation }) => {
        const { area, change, expectedEffect, effort, risk, experiment } = recommendation;
        return { id, severity, title, cause, proposal: { area, change, expectedEffect, effort, risk, experiment } };
      }),
    deviations: [...deviations],
  };
}

function timeOf(ms: number): string {
  return formatTime(Math.floor(ms) * 1_000);
}
