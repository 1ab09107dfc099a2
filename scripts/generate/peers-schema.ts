import { peersResultSchema } from "../../packages/bench/src/index.ts";
import type { GeneratedFile } from "./page.ts";

/** The published JSON Schema of `peers.json`. */
export const benchPeersSchema: GeneratedFile = {
  path: "packages/bench/schema/peers.v1.json",
  make: () => JSON.stringify(peersResultSchema),
};
