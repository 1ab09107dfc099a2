/** Measures what rules for redaction cost a delivery: `node packages/runtime/test/redaction-cost.ts`. */
import { parseJsonInput } from "@meshhook/core";
import type { RedactionRule } from "@meshhook/journal";

import { Redaction } from "../src/index.ts";

const RULES: { readonly [name: string]: readonly RedactionRule[] } = {
  "five that find nothing": [
    { name: "a", paths: ["orders[*].none"] },
    { name: "b", paths: ["**.ssn"] },
    { name: "c", paths: ["none"] },
    { name: "d", patterns: ["iban"] },
    { name: "e", query: ["x"], headers: ["x-user"] },
  ],
  "five that find values": [
    { name: "a", paths: ["orders[*].customer.name"] },
    { name: "b", patterns: ["email"], replace: "pseudonym" },
    { name: "c", patterns: ["phone"] },
    { name: "d", patterns: ["card"] },
    { name: "e", patterns: ["iban"], headers: ["x-user"] },
  ],
  "one expression": [{ name: "a", expressions: ["[A-Z]{2}-[0-9]{6}"] }],
};
const REPEATS = 3;

function payload(bytes: number): string {
  const orders: object[] = [];
  let text: string;
  do {
    const number = orders.length;
    orders.push({
      id: `ord_${number}`,
      customer: { name: "Ada Lovelace", email: `ada${number}@example.com`, phone: "+44 20 7946 0958" },
      card: { number: "4111 1111 1111 1111", exp: "12/29" },
      amount: 19.5 * number,
      note: "Please leave the parcel at the door, thank you very much. Ring twice.",
      items: [
        { sku: "A-1", n: 2 },
        { sku: "B-2", n: 1 },
      ],
    });
    text = JSON.stringify({ orders });
  } while (text.length < bytes);
  return text;
}

function cpuUs(times: number, work: () => void): number {
  const before = process.cpuUsage();
  for (let done = 0; done < times; done++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

for (const bytes of [1_000, 100_000]) {
  const bodyText = payload(bytes);
  const times = 20_000_000 / bodyText.length;
  const delivery = { headers: { "x-note": "none" }, query: {}, body: parseJsonInput(bodyText), bodyText };
  process.stdout.write(
    `${bodyText.length} bytes: reading ${cpuUs(times, () => parseJsonInput(bodyText)).toFixed(1)} µs\n`,
  );
  for (const [name, rules] of Object.entries(RULES)) {
    const redaction = new Redaction(rules, Buffer.alloc(32, 1));
    const figures = Array.from({ length: REPEATS }, () => cpuUs(times, () => redaction.delivery(delivery)).toFixed(1));
    process.stdout.write(`  ${name}: ${figures.join(", ")} µs\n`);
  }
}
