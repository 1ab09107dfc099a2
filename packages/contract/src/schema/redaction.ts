import Type, { type Static } from "typebox";

export const REDACTION_PATTERNS = ["email", "phone", "card", "iban"] as const;
export const REDACTION_RULES_MAX = 50;

const namesOf = (maxLength: number, description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength }), { minItems: 1, maxItems: 100, uniqueItems: true, description });

const rule = {
  name: Type.String({
    pattern: "^[A-Za-z0-9][A-Za-z0-9 _-]{0,47}$",
    description: "Unique in the list. The log of deliveries and a run's first fact say how much each rule redacted.",
  }),
  paths: Type.Optional(
    namesOf(
      500,
      "Places in the payload whose values are replaced: `customer.email`, `items[*].card.number`, `*` for any member, `**.email` for any depth.",
    ),
  ),
  headers: Type.Optional(
    Type.Array(Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$" }), {
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
      description: "Headers whose values are replaced.",
    }),
  ),
  query: Type.Optional(namesOf(256, "Parameters of the query whose values are replaced.")),
  patterns: Type.Optional(
    Type.Array(Type.Enum([...REDACTION_PATTERNS]), {
      minItems: 1,
      maxItems: REDACTION_PATTERNS.length,
      uniqueItems: true,
      description:
        "What is found in all texts and names of the payload, the headers and the query: `email`; `phone` with a country's prefix, a leading zero or in groups; `card` with a known issuer and a right check digit; `iban` with right check digits.",
    }),
  ),
  expressions: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 500 }), {
      minItems: 1,
      maxItems: 10,
      uniqueItems: true,
      description: "Patterns of your own, in RE2's syntax, found in the same places.",
    }),
  ),
  address: Type.Optional(Type.Boolean({ description: "Leaves out the network address of the sender." })),
  replace: Type.Optional(
    Type.Enum(["mask", "pseudonym"], {
      description:
        "`mask`: `[redacted]`. `pseudonym`: `[redacted:` with eight digits that are the same for the same value in the project.",
    }),
  ),
};

const OwnRuleSchema = Type.Object(rule, { additionalProperties: false });
const ProjectRuleSchema = Type.Object(
  {
    ...rule,
    answers: Type.Optional(
      Type.Boolean({ description: "Also applies to answers to the calls of runs, before they are stored." }),
    ),
  },
  { additionalProperties: false },
);
/** What is not stored, and what stands in its place. */
export type RedactionRuleResource = Static<typeof ProjectRuleSchema>;

const DESCRIPTION =
  "What of deliveries is replaced before it is stored. It applies when the signature, the schema and the key of a delivery have been checked.";

export const EndpointRedactionSchema = Type.Union(
  [Type.Array(OwnRuleSchema, { minItems: 1, maxItems: REDACTION_RULES_MAX }), Type.Null()],
  { description: `${DESCRIPTION} In addition to the project's rules. Null: only these.` },
);
export const ProjectRedactionSchema = Type.Union(
  [Type.Array(ProjectRuleSchema, { minItems: 1, maxItems: REDACTION_RULES_MAX }), Type.Null()],
  { description: `${DESCRIPTION} Holds for all endpoints of the project. Null: nothing is redacted.` },
);
