import type { Json } from "../json.ts";
import type { Meter } from "./budget.ts";

/** An expression, or a part of one, ready to run. */
export interface Program {
  readonly run: (value: Json, meter: Meter) => Json;
  /** Nodes of the tree: the fuel that one run takes, loops aside. */
  readonly weight: number;
  /** True when the result is surely part of the scope that is bounded already, so that measuring it again is useless. */
  readonly selectsOnly: boolean;
}
