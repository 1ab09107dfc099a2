/** How the figures were made; the same in every report. */
export const method: readonly { readonly heading: string; readonly text: string }[] = [
  {
    heading: "Open loop for latency, closed loop for capacity",
    text: "In an open scenario requests are due at times set by the load profile alone. A slow answer delays no later request, as real senders do not wait for each other. A cap on requests in flight protects the machine; what it holds back is counted as unsent. A closed scenario keeps a fixed number of senders busy and asks how much the system takes; its latency follows from that number and is not what a sender at a nominal rate would see.",
  },
  {
    heading: "Latency from the intended send",
    text: "The clock of “ack” and “done” starts when the request was due, not when it left. Time spent queueing inside the load generator counts, so a stalled system cannot hide its stall. “lag” starts there as well and ends with the last line at a viewer. “service” starts at the actual send and stands beside them; the difference is the generator's delay. The measured window is fixed by intended time before anything in it can be late.",
  },
  {
    heading: "Percentiles",
    text: "Taken from HdrHistograms with three significant digits (0.1 % error), merged and never averaged. What was refused, not answered or not sent ranks behind every answer: a percentile among those requests is “no answer”, and then there is neither a mean nor a maximum. A percentile is printed only when at least ten samples lie beyond it: 1,000 for p99, 10,000 for p99.9. In plots, thin dots mark the part below that count.",
  },
  {
    heading: "Audit in the same run",
    text: "The sender's ledger is joined with the journal and with the sink that receives the workflows' calls. Each run's result (of more than 3,000 runs, an even sample) and each call's body are compared with what the payload leads to, worked out without MeshHook. Lost, duplicated, stuck, phantom, reordered or wrong work makes the scenario fail, and then it has no throughput.",
  },
  {
    heading: "Phases",
    text: "Each run's time is cut at fixed moments on one clock. The means of the phases add up to the mean end-to-end time; what no phase explains is a phase of its own.",
  },
  {
    heading: "Work per run",
    text: "Statements, commits, rows, write-ahead log and CPU time, divided by completed runs. These counts hardly vary between runs, so they are better gates than times are on a shared machine.",
  },
  {
    heading: "Gates, limits and the machine",
    text: "Counts do not depend on the machine: requests that were accepted, the audit, rows, statements, commits, connections. They are gates, and a miss is a failure. Times, CPU and shares of a roof do depend on it: a miss is a failure only where nothing disturbed the machine (other guests, other processes, pressure, a timer and a flush of the benchmark's own, a fixed piece of work), the generator could back the figures, and more than one event is behind it. Otherwise the verdict is inconclusive. Clocks of all processes are compared before and after each load; where they disagree, or the database was not durable, it is void.",
  },
  {
    heading: "What is not measured",
    text: "The network between machines, TLS and proxies: everything speaks over loopback unless a target was named. The load generator shares the machine with what it loads; its own CPU and lateness are printed for each scenario. One run gives no interval: compare two configurations with interleaved repetitions, not with two reports.",
  },
];
