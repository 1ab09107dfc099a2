import type { BenchClient } from "#lib/expression/bench-client.ts";
import { asSampleHead, readSampleHead, sampleHeadText, type SampleHead } from "#lib/expression/sample-head.ts";

import { readStored, writeStored } from "./browser-store.ts";

/** Headers and query of the sample delivery as text. They stay in this browser, because the document has a place only for the body. */
export class Head {
  text = $state("");
  /** Why it cannot be read; null if it can. */
  fault = $state<string | null>(null);
  /** Grows when the text did not come from the editor showing it. */
  version = $state(0);
  readonly #key: string;
  readonly #bench: BenchClient;
  readonly #taken: () => void;

  /** @param taken  Called when previews are out of date. */
  constructor(workflowId: string, bench: BenchClient, taken: () => void) {
    this.#key = `head.${workflowId}`;
    this.#bench = bench;
    this.#taken = taken;
  }

  async load(): Promise<void> {
    const kept = asSampleHead(await readStored(this.#key));
    if ("fault" in kept) return;
    this.text = sampleHeadText(kept.head);
    this.version += 1;
    this.#bench.remember("setHead", [kept.head]);
    this.#taken();
  }

  /** Takes typed text. */
  async write(text: string): Promise<void> {
    this.text = text;
    const read = readSampleHead(text);
    this.fault = "fault" in read ? read.fault : null;
    if ("fault" in read) return;
    await writeStored(this.#key, read.head);
    const asked = await this.#bench.ask("setHead", [read.head]);
    if (asked.kind !== "replaced") this.#taken();
  }

  /** Takes the headers and query of a delivery. */
  async replace(head: SampleHead): Promise<void> {
    await this.write(sampleHeadText(head));
    this.version += 1;
  }
}
