/**
 * `npm run test:simulation`: many simulations, one seed each. Ends 1 at the first that breaks a rule, after making it smaller.
 *
 *     npm run test:simulation -- --seeds 10000 --seed 42
 *     npm run test:simulation -- --seed 4711 --seeds 1 --trace
 *     npm run test:simulation -- --bug no-fence
 */
import { parseArgs } from "node:util";

import { isPlantedBug, PLANTED_BUGS, type PlantedBug } from "./bugs.ts";
import { scenarioOf } from "./scenario.ts";
import { shrink } from "./shrink.ts";
import { simulate, type Simulated } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string" },
    bug: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});
const PROGRESS_SEEDS = 1_000;
process.exitCode = await run();

async function run(): Promise<number> {
  const first = values.seed === undefined ? Math.floor(Math.random() * 1_000_000_000) : Number(values.seed);
  const count = Number(values.seeds);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(count) || first < 0 || count < 1) {
    say(`--seed and --seeds take whole numbers, but got ${values.seed ?? "none"} and ${values.seeds}.`);
    return 2;
  }
  const { bug = null } = values;
  if (bug !== null && !isPlantedBug(bug)) {
    say(`There is no planted bug "${bug}". There are: ${Object.keys(PLANTED_BUGS).join(", ")}.`);
    return 2;
  }
  const sights: { [name: string]: number } = {};
  const startedMs = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const simulated = await simulate(scenarioOf(seed), bug);
    for (const [name, times] of Object.entries(simulated.sights)) sights[name] = (sights[name] ?? 0) + Number(times);
    if (values.trace) say(simulated.trace.join("\n"));
    if ((seed - first + 1) % PROGRESS_SEEDS === 0) say(`${seed - first + 1} simulations, up to seed ${seed} …`);
    if (simulated.violations.length > 0) return explain(seed, simulated, bug);
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  say(`${count} simulations from seed ${first} in ${seconds} s: no rule was broken.`);
  say(
    Object.entries(sights)
      .map(([name, times]) => `${name} ${times}`)
      .join(", "),
  );
  return 0;
}

async function explain(seed: number, simulated: Simulated, bug: PlantedBug | null): Promise<number> {
  say(`Seed ${seed} breaks:\n${listOf(simulated)}\nMaking it smaller …`);
  const small = await shrink(scenarioOf(seed), simulated, bug);
  say(`\nThe scenario:\n${JSON.stringify(small.scenario, null, 1)}`);
  say(`\nWhat happens:\n${small.simulated.trace.join("\n")}\n\nIt breaks:\n${listOf(small.simulated)}`);
  say(`\nSee it again: npm run test:simulation -- --seeds 1 --seed ${seed}${bug === null ? "" : ` --bug ${bug}`}`);
  return 1;
}

function listOf({ violations }: Simulated): string {
  return violations
    .slice(0, 10)
    .map(({ rule, detail }) => `- ${rule}: ${detail}`)
    .join("\n");
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
