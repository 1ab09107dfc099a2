import type { Scenario } from "./scenario.ts";

/** Made smaller by `shrink`: each was a run that was never run to its end, before the engine was mended. */
export const FOUND: readonly { readonly title: string; readonly scenario: Scenario }[] = [
  {
    title: "a run that was woken by a signal while it waited for its turn keeps its place in the line",
    scenario: {
      seed: 14,
      machines: 2,
      shards: 4,
      badness: 0,
      limits: {
        writers: 1,
        batchRowsMax: 3,
        runsLiveMax: 8,
        memoryHorizonMs: 10000,
      },
      workflows: [
        {
          nodes: [],
          concurrency: 1,
        },
      ],
      deliveries: [
        {
          n: 11,
          atMs: 13438,
          workflow: 0,
          isKeyed: true,
          copies: 1,
        },
      ],
      cancels: [],
      signals: [
        {
          n: 11,
          afterMs: 93,
          name: "s1",
          isKeyed: false,
          copies: 1,
        },
      ],
      reruns: [],
      pauses: [
        {
          workflow: 0,
          atMs: 11265,
          forMs: 1456,
        },
      ],
      faults: [
        {
          kind: "stop",
          machine: 0,
          atMs: 8344,
          forMs: 4375,
        },
      ],
    },
  },
  {
    title: "a run that waits for its turn is found by the timer that its row noted",
    scenario: {
      seed: 263,
      machines: 1,
      shards: 4,
      badness: 0.1,
      limits: {
        writers: 1,
        batchRowsMax: 1,
        runsLiveMax: 50000,
        memoryHorizonMs: 500,
      },
      workflows: [
        {
          nodes: [],
        },
        {
          nodes: [
            {
              type: "http_call@1",
              draw: 687428,
              parents: [
                {
                  back: 2,
                  port: 0,
                },
                {
                  back: 1,
                  port: 3,
                },
                {
                  back: 2,
                  port: 5,
                },
              ],
            },
          ],
          schedule: {
            seconds: [2, 9],
            missed: "skip",
          },
        },
        {
          nodes: [],
          concurrency: 3,
        },
      ],
      deliveries: [
        {
          n: 1,
          atMs: 1547,
          workflow: 2,
          isKeyed: true,
          copies: 3,
        },
        {
          n: 2,
          atMs: 8805,
          workflow: 2,
          isKeyed: true,
          copies: 1,
        },
        {
          n: 4,
          atMs: 2639,
          workflow: 1,
          isKeyed: true,
          copies: 1,
        },
        {
          n: 6,
          atMs: 9459,
          workflow: 2,
          isKeyed: true,
          copies: 1,
        },
        {
          n: 7,
          atMs: 5569,
          workflow: 1,
          isKeyed: false,
          copies: 1,
        },
        {
          n: 15,
          atMs: 10479,
          workflow: 2,
          isKeyed: true,
          copies: 1,
        },
      ],
      cancels: [
        {
          n: 10,
          afterMs: 827,
        },
      ],
      signals: [
        {
          n: 13,
          afterMs: 6966,
          name: "s1",
          isKeyed: false,
          copies: 1,
        },
        {
          n: 7,
          afterMs: 4156,
          name: "s2",
          isKeyed: false,
          copies: 1,
        },
        {
          n: 4,
          afterMs: 62,
          name: "s0",
          isKeyed: false,
          copies: 1,
        },
        {
          n: 2,
          afterMs: 68,
          name: "s1",
          isKeyed: true,
          copies: 1,
        },
      ],
      reruns: [
        {
          n: 9,
          afterMs: 1860,
          kind: "replay",
          draw: 483,
        },
      ],
      pauses: [
        {
          workflow: 0,
          atMs: 1329,
          forMs: 798,
        },
      ],
      faults: [
        {
          kind: "slow",
          atMs: 892,
          forMs: 6921,
        },
        {
          kind: "crash",
          machine: 0,
          atMs: 2624,
          forMs: 6041,
        },
      ],
    },
  },
  {
    title: "a child that was held starts when its workflow is resumed, although its parent has brought it into memory",
    scenario: {
      seed: 340,
      machines: 3,
      shards: 2,
      badness: 0.1,
      limits: {
        writers: 2,
        batchRowsMax: 1,
        runsLiveMax: 50000,
        memoryHorizonMs: 600000,
      },
      workflows: [
        {
          nodes: [
            {
              type: "wait_for_signal@1",
              draw: 828359,
              parents: [
                {
                  back: 7,
                  port: 2,
                },
                {
                  back: 7,
                  port: 3,
                },
              ],
            },
            {
              type: "branch@1",
              draw: 813172,
              parents: [
                {
                  back: 1,
                  port: 1,
                },
                {
                  back: 3,
                  port: 1,
                },
                {
                  back: 3,
                  port: 1,
                },
              ],
            },
            {
              type: "call_workflow@1",
              draw: 351733,
              parents: [
                {
                  back: 5,
                  port: 5,
                },
              ],
            },
            {
              type: "delay@1",
              draw: 274496,
              parents: [
                {
                  back: 5,
                  port: 3,
                },
                {
                  back: 6,
                  port: 0,
                },
                {
                  back: 1,
                  port: 2,
                },
              ],
            },
            {
              type: "emit@1",
              draw: 860373,
              parents: [
                {
                  back: 6,
                  port: 5,
                },
                {
                  back: 6,
                  port: 3,
                },
              ],
            },
          ],
        },
        {
          nodes: [],
        },
      ],
      deliveries: [
        {
          n: 10,
          atMs: 9973,
          workflow: 0,
          isKeyed: true,
          copies: 1,
        },
        {
          n: 13,
          atMs: 4386,
          workflow: 0,
          isKeyed: true,
          copies: 1,
        },
      ],
      cancels: [
        {
          n: 2,
          afterMs: 1019,
        },
      ],
      signals: [],
      reruns: [],
      pauses: [
        {
          workflow: 1,
          atMs: 3942,
          forMs: 1154,
        },
        {
          workflow: 1,
          atMs: 6844,
          forMs: 4331,
        },
      ],
      faults: [
        {
          kind: "slow",
          atMs: 5830,
          forMs: 3076,
        },
        {
          kind: "crash",
          machine: 2,
          atMs: 4460,
          forMs: 1996,
        },
        {
          kind: "clock",
          machine: 0,
          atMs: 1630,
          byMs: 38455,
        },
      ],
    },
  },
  {
    title: "an id is behind the watermark of its shard, even if the clock was set back to the millisecond of that",
    scenario: {
      seed: 850,
      machines: 3,
      shards: 2,
      badness: 0.1,
      limits: {
        writers: 1,
        batchRowsMax: 100,
        runsLiveMax: 50000,
        memoryHorizonMs: 2000,
      },
      workflows: [
        {
          nodes: [],
          concurrency: 3,
        },
        {
          nodes: [
            {
              type: "loop@1",
              draw: 579378,
              parents: [
                {
                  back: 3,
                  port: 3,
                },
                {
                  back: 1,
                  port: 4,
                },
              ],
            },
          ],
        },
      ],
      deliveries: [
        {
          n: 4,
          atMs: 1213,
          workflow: 0,
          isKeyed: false,
          copies: 1,
        },
        {
          n: 5,
          atMs: 5128,
          workflow: 1,
          isKeyed: false,
          copies: 1,
        },
      ],
      cancels: [
        {
          n: 21,
          afterMs: 3042,
        },
      ],
      signals: [
        {
          n: 11,
          afterMs: 77,
          name: "s2",
          isKeyed: true,
          copies: 1,
        },
      ],
      reruns: [
        {
          n: 1,
          afterMs: 1703,
          kind: "resume",
          draw: 204,
        },
      ],
      pauses: [
        {
          workflow: 1,
          atMs: 12632,
          forMs: 6235,
        },
      ],
      faults: [
        {
          kind: "clock",
          machine: 2,
          atMs: 3422,
          byMs: -31971,
        },
        {
          kind: "slow",
          atMs: 1056,
          forMs: 8227,
        },
      ],
    },
  },
  {
    title: "a delivery that another process handed over is not begun a second time by the next owner",
    scenario: {
      seed: 1152,
      machines: 3,
      shards: 4,
      badness: 0,
      limits: {
        writers: 1,
        batchRowsMax: 1,
        runsLiveMax: 8,
        memoryHorizonMs: 10000,
      },
      workflows: [
        {
          nodes: [
            {
              type: "call_workflow@1",
              draw: 682393,
              parents: [
                {
                  back: 1,
                  port: 1,
                },
                {
                  back: 7,
                  port: 2,
                },
              ],
            },
          ],
          concurrency: 2,
        },
      ],
      deliveries: [
        {
          n: 3,
          atMs: 7054,
          workflow: 0,
          isKeyed: true,
          copies: 1,
        },
        {
          n: 4,
          atMs: 4548,
          workflow: 0,
          isKeyed: true,
          copies: 1,
        },
        {
          n: 8,
          atMs: 5713,
          workflow: 0,
          isKeyed: false,
          copies: 1,
        },
      ],
      cancels: [
        {
          n: 16,
          afterMs: 87,
        },
      ],
      signals: [
        {
          n: 4,
          afterMs: 94,
          name: "s0",
          isKeyed: false,
          copies: 1,
        },
      ],
      reruns: [
        {
          n: 18,
          afterMs: 6139,
          kind: "replay",
          draw: 138,
        },
      ],
      pauses: [
        {
          workflow: 0,
          atMs: 4374,
          forMs: 1762,
        },
      ],
      faults: [
        {
          kind: "crash",
          machine: 1,
          atMs: 5706,
          forMs: 4092,
        },
        {
          kind: "stall",
          machine: 1,
          atMs: 11207,
          forMs: 1552,
        },
        {
          kind: "outage",
          atMs: 12088,
          forMs: 945,
        },
        {
          kind: "clock",
          machine: 2,
          atMs: 3770,
          byMs: 28362,
        },
        {
          kind: "cut",
          machine: 0,
          atMs: 4687,
          forMs: 4792,
        },
        {
          kind: "stop",
          machine: 0,
          atMs: 11588,
          forMs: 4819,
        },
      ],
    },
  },
  {
    title: "a run that waits for its turn keeps its place when the answer to its append comes after a takeover",
    scenario: {
      seed: 20186,
      machines: 3,
      shards: 5,
      badness: 0,
      limits: {
        writers: 2,
        batchRowsMax: 3,
        runsLiveMax: 8,
        memoryHorizonMs: 600000,
      },
      workflows: [
        {
          nodes: [],
        },
        {
          nodes: [],
        },
        {
          nodes: [],
        },
      ],
      deliveries: [
        {
          n: 5,
          atMs: 3046,
          workflow: 2,
          isKeyed: false,
          copies: 1,
        },
        {
          n: 10,
          atMs: 5067,
          workflow: 1,
          isKeyed: true,
          copies: 1,
        },
      ],
      cancels: [],
      signals: [],
      reruns: [],
      pauses: [
        {
          workflow: 1,
          atMs: 1856,
          forMs: 6232,
        },
      ],
      faults: [
        {
          kind: "outage",
          atMs: 14261,
          forMs: 53,
        },
        {
          kind: "stop",
          machine: 0,
          atMs: 11290,
          forMs: 4852,
        },
        {
          kind: "outage",
          atMs: 4999,
          forMs: 10092,
        },
      ],
    },
  },
];
