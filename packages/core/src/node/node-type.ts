import type { Issue } from "../error/issue.ts";
import type { JsonSchema } from "../definition/json-schema.ts";
import { schemaGuard } from "../definition/schema-guard.ts";
import type { Json } from "../json.ts";
import type { PlanStep } from "../plan/plan.ts";
import type { ConfigReader } from "./config-reader.ts";

/** A versioned kind of node: its texts for people, the schema of its config, its ports, and its step in a plan. */
export interface NodeType {
  /** Name and major version, as in `http_call@1`. Configs of one major version always keep their meaning. */
  readonly type: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema 2020-12 of `config`, with title, description and default on every property: forms are made from it. */
  readonly configSchema: JsonSchema;
  /** Its steps may wait for something outside, so that a node may have `timeoutMs`. */
  readonly waits?: true;
  /** The ports that edges may leave by. For an invalid config, the ports that can be determined. */
  readonly ports: (config: Json) => readonly string[];
  /** Reads a config; issues go to `reader`. Null when the config does not fit its schema. */
  readonly compile: (config: Json, reader: ConfigReader) => PlanStep | null;
}

/** A node type whose `compile` may rely on the schema: `Config` must be the type that `configSchema` describes. */
export interface NodeTypeSource<Config> extends Omit<NodeType, "compile"> {
  readonly compile: (config: Config, reader: ConfigReader) => PlanStep;
}

export function defineNodeType<Config>(source: NodeTypeSource<Config>): NodeType {
  const guard = schemaGuard<Config>(source.configSchema);
  return {
    ...source,
    compile: (config, reader) => {
      const report = (issue: Issue): void => void reader.issues.push(issue);
      return guard(config, reader.base, report) ? source.compile(config, reader) : null;
    },
  };
}
