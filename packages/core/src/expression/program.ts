import type { Json } from "../json.ts";
import type { Meter } from "./budget.ts";

/** An expression, or a part of one, ready to run. */
export interface Program {
  readonly run: (value: Json, meter: Meter) => Json;
  /** Nodes of the tree: the fuel that one run takes, without loops. */
  readonly weight: number;
  /** True when the result is certainly part of the scope, whose size is already bounded, so that it need not be measured again. */
  readonly selectsOnly: boolean;
}
