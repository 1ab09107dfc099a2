import { DELAY_MS_MAX } from "../plan/delay-limits.ts";
import { defineNodeType } from "./node-type.ts";
import { templateSchema } from "./schema-parts.ts";

interface WaitForSignalConfig {
  readonly name: string;
  readonly timeoutMs?: number;
}

export const waitForSignal = defineNodeType<WaitForSignalConfig>({
  type: "wait_for_signal@1",
  title: "Wait for signal",
  description:
    "Waits until somebody sends the run a signal with this name: an approval, or an event from another system. Signals that come before the step are kept. Each signal is taken once, by the first step that waits for its name. The output has the signal's name, payload and time.",
  configSchema: {
    type: "object",
    title: "Wait for signal",
    properties: {
      name: {
        ...templateSchema(
          "Name",
          "The name of the signal, for example approve or paid/{{ input.order }}: 1 to 200 characters.",
        ),
        minLength: 1,
      },
      timeoutMs: {
        type: "integer",
        title: "Timeout in milliseconds",
        description: `How long to wait: a whole number from 1 to ${DELAY_MS_MAX}. After that the run continues at the port timeout; without an edge there, the step fails with step_timeout. If omitted, for as long as it takes.`,
        minimum: 1,
        maximum: DELAY_MS_MAX,
      },
    },
    required: ["name"],
    additionalProperties: false,
  },
  ports: () => ["out", "timeout", "error"],
  compile: (config, reader) => ({
    type: "wait_for_signal@1",
    name: reader.template(["name"], config.name),
    timeoutMs: config.timeoutMs ?? null,
  }),
});
