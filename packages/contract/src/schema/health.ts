import Type, { type Static } from "typebox";
import { TimeSchema } from "./common.ts";

const HealthStatusSchema = Type.Enum(["ok", "degraded", "down"], {
  description:
    "`ok`. `degraded`: it works, but somebody should look. `down`: it does not work, or has not answered for some time.",
});

export const HealthComponentSchema = Type.Object(
  {
    name: Type.Enum([
      "database",
      "connections",
      "shards",
      "appends",
      "calls",
      "timers",
      "streams",
      "storage",
      "memory",
      "clock",
      "alerts",
      "disk",
    ]),
    status: HealthStatusSchema,
    summary: Type.String({ description: "One sentence for people." }),
    remedy: Type.Union([Type.String(), Type.Null()], { description: "What to do; null while it is `ok`." }),
    since: Type.String({
      description: "Since when this process has found the component in this status, at the earliest its own start.",
    }),
    checkedAt: Type.Union([TimeSchema, Type.Null()], {
      description: "When the component was last found out about; null: it has not answered yet.",
    }),
    figures: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Null()]), {
      description: "What the status follows from, by name; units are part of the names.",
    }),
  },
  { additionalProperties: false },
);
/** One part of an installation, and how it is. */
export type HealthComponent = Static<typeof HealthComponentSchema>;

export const HealthSchema = Type.Object(
  {
    status: HealthStatusSchema,
    version: Type.String(),
    at: TimeSchema,
    components: Type.Optional(
      Type.Array(HealthComponentSchema, {
        description:
          "For admin keys. All but `database`, `shards`, `storage` and `clock` are of the process that answers.",
      }),
    ),
    processes: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ description: "Host and process id." }),
            shards: Type.Integer(),
            joinedAt: TimeSchema,
            heartbeatAt: TimeSchema,
            isAnswering: Type.Boolean({ description: "The process that answers this request." }),
          },
          { additionalProperties: false },
        ),
        { description: "For admin keys: all processes that use the database, and how many shards each owns." },
      ),
    ),
  },
  { additionalProperties: false },
);
/** How an installation is; with an admin key, in detail. */
export type Health = Static<typeof HealthSchema>;
export type HealthStatus = Health["status"];
