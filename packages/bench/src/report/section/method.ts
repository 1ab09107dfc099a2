import { html } from "../html.ts";
import type { Html } from "../html.ts";

const PARAGRAPHS: readonly { readonly heading: string; readonly text: string }[] = [
  {
    heading: "Open loop for latency, closed loop for capacity",
    text: "In an open scenario, the load profile alone decides when requests are due. A slow answer does not delay later requests, because real senders do not wait for each other. A limit on requests in flight protects the machine; requests it holds back are counted as unsent. A closed scenario keeps a fixed number of senders busy and measures how much the system can take. Its latency follows from that number and is not what a sender at a nominal rate would see.",
  },
  {
    heading: "Latency from the intended send",
    text: "“ack”, “done” and “lag” start when the request was due, not when it was sent. Time spent waiting inside the load generator counts, so a stalled system cannot hide its stall. “ack” ends with the answer, “done” when the end of the run is durable, and “lag” when the last log line reaches a viewer. “service” starts at the actual send; the difference from “ack” is the load generator's delay. The measured window is defined by when requests were due, before any of them can be late.",
  },
  {
    heading: "Blocks and ranges",
    text: "A scenario is measured in blocks, and blocks of different scenarios take turns. If at least two blocks were quiet, times come from the quiet ones only; counts come from all. Small figures are the range over the judged blocks, or a 95 % interval from five blocks on. Charts over time put the blocks of a scenario behind each other; the time between them is left out.",
  },
  {
    heading: "Percentiles",
    text: "Percentiles come from HdrHistograms with three significant digits (0.1 % error), which are merged and never averaged. Requests that were refused, not answered or not sent rank behind every answer: a percentile that falls among them is “no answer”, and then there is no mean and no maximum. A percentile is shown only when at least ten samples lie beyond it, which takes 1,000 samples for p99 and 10,000 for p99.9. In plots, thin dots mark percentiles with fewer samples.",
  },
  {
    heading: "Audit in the same run",
    text: "The sender's ledger is joined with the journal and with the sink that receives the workflows' calls. Each run's result (an even sample if there are more than 3,000 runs) and each call's body are compared with what the payload must lead to, computed without MeshHook. If work is lost, duplicated, stuck, phantom, reordered or wrong, the scenario fails and has no throughput.",
  },
  {
    heading: "Phases",
    text: "Each run's time is divided at fixed points on one clock. The means of the phases add up to the mean end-to-end time; time that no phase explains is its own phase.",
  },
  {
    heading: "Work per run",
    text: "Statements, commits, rows, write-ahead log and CPU time, divided by the number of completed runs. Counts hardly vary between measurements, so on a shared machine they are better gates than times.",
  },
  {
    heading: "Gates, limits and the machine",
    text: "Counts do not depend on the machine: accepted requests, the audit, rows, statements, commits, connections. They are gates, and a missed gate is a failure. Times, CPU and shares of a roof do depend on the machine. A missed limit is a failure only if nothing disturbed the machine (other guests, other processes, CPU and disk pressure, the benchmark's own timer, disk flush and fixed piece of work), the load generator kept up, and more than one event caused the miss. Otherwise the verdict is inconclusive. The clocks of all processes are compared before and after each load. If they disagree, or if the database was not durable, the verdict is void.",
  },
  {
    heading: "What is not measured",
    text: "The network between machines, TLS and proxies: everything communicates over the loopback interface. The load generator shares the machine with MeshHook and PostgreSQL; its CPU and lateness are shown for each scenario. Two reports alone do not show which of two configurations is faster: compare them with interleaved repetitions.",
  },
];

/** How the figures were measured; the same in every report. */
export function methodText(): Html {
  return html`<div class="prose">
    ${PARAGRAPHS.map(
      ({ heading, text }) =>
        html`<h3>${heading}</h3>
          <p>${text}</p>`,
    )}
  </div>`;
}
