import { decodeFacts, stepKey } from "@meshhook/core";
import type { SeededRandom } from "@meshhook/testkit";

import type { StoredRow } from "./database.ts";
import type { Scenario } from "./scenario.ts";
import { simulate, START_US, type Simulated } from "./simulate.ts";

/** A process is dead for less than this. */
const DEAD_MS = 3_000;
/** How long after something happened a kill may come: within the travel of what follows from it, or after. */
const AFTER_MS = 6;

/** What was on its way at the last kill is over then, so that whatever happens shows that a process runs again. */
const SETTLED_MS = 1_000;

/**
 * Kills all processes of a scenario, so many times, while its runs go on: each time shortly after a random one of the moments at which
 * something became durable or was on its way. Up to a kill everything happens as it did without it, so its moment is chosen among those of the
 * scenario with the kills before.
 *
 * No kill comes while an at-most-once call has no answer: such a call is given up by the rules, and the run ends otherwise.
 */
export async function withKills(whole: Killed, times: number, random: SeededRandom): Promise<Killed> {
  const { scenario } = whole;
  let killed = whole;
  let lastMs = -SETTLED_MS;
  for (let kill = 0; kill < times; kill++) {
    const moments = momentsOf(killed.simulated, random).filter((ms) => ms > lastMs + SETTLED_MS);
    const next = moments.slice(0, Math.ceil(moments.length / (times - kill)));
    lastMs = next[random.int(next.length)] ?? lastMs;
    const faults = [...killed.scenario.faults];
    for (let machine = 0; machine < scenario.machines; machine++)
      faults.push({ kind: "crash", machine, atMs: lastMs, forMs: random.int(DEAD_MS) });
    const again = { ...scenario, faults };
    killed = { scenario: again, simulated: await simulate(again) };
  }
  return killed;
}

/** A scenario, and what came of it. */
export interface Killed {
  readonly scenario: Scenario;
  readonly simulated: Simulated;
}

/** Shortly after each thing that happened, in order, in milliseconds from the start. */
function momentsOf({ ledger, runs }: Simulated, random: SeededRandom): number[] {
  const rows = [...runs.values()].flat();
  const momentsUs = [...rows.map(({ storedAtUs }) => storedAtUs), ...ledger.momentsUs];
  const unanswered = [...runs.values()].flatMap(unansweredOf);
  return momentsUs
    .map((atUs) => atUs + random.next() * AFTER_MS * 1_000)
    .filter((atUs) => !unanswered.some(({ fromUs, untilUs }) => atUs >= fromUs && atUs <= untilUs))
    .map((atUs) => (atUs - START_US) / 1_000)
    .sort((one, other) => one - other);
}

/** When at-most-once calls of a run had no answer. */
function unansweredOf(rows: readonly StoredRow[]): { readonly fromUs: number; readonly untilUs: number }[] {
  const facts = rows.flatMap((row) => decodeFacts(row.facts).map((fact) => ({ fact, storedAtUs: row.storedAtUs })));
  return facts.flatMap(({ fact: intent }) => {
    if (intent.kind !== "intent") return [];
    const answer = facts.find(
      ({ fact }) => (fact.kind === "response" || fact.kind === "failure") && stepKey(fact) === stepKey(intent),
    );
    return [{ fromUs: intent.at, untilUs: answer?.storedAtUs ?? Infinity }];
  });
}
