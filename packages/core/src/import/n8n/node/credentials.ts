import type { JsonObject } from "../../../json.ts";
import { isObject } from "../../../json-kind.ts";
import { secretName } from "../../name.ts";
import type { NodeContext } from "../node-kind.ts";

/** Schemes whose header is known: the secret stands for what follows the name of the scheme. */
const SCHEMES: { readonly [kind: string]: { readonly scheme: string; readonly value: string } } = {
  httpBasicAuth: { scheme: "Basic", value: "user:password in base64" },
  httpBearerAuth: { scheme: "Bearer", value: "the token" },
};

/** Credentials are not part of a document, only their kind and name. The name becomes that of a secret. */
export function addCredentials(
  { node, notes }: NodeContext,
  given: JsonObject,
  headers: { [name: string]: string },
): void {
  const { authentication = "none", nodeCredentialType, genericAuthType } = given;
  if (authentication === "none") return;
  const listed = isObject(node.fields["credentials"]) ? node.fields["credentials"] : {};
  const kind = [genericAuthType, nodeCredentialType, authentication].find((value) => typeof value === "string");
  const used = listed[String(kind)];
  const name = isObject(used) && typeof used["name"] === "string" ? used["name"] : String(kind);
  const secret = secretName(name);
  const known = SCHEMES[String(kind)];
  if (known === undefined) {
    notes.notUnderstood(
      "credentials",
      name,
      `How the credentials of the kind ${String(kind)} are sent was not imported, so the call is sent without them.`,
      `Store their value as the secret ${secret}, and write {{ secrets.${secret} }} into the header or the parameter that carries it.`,
    );
    return;
  }
  headers["authorization"] = `${known.scheme} {{ secrets.${secret} }}`;
  notes.differs(
    "credentials",
    name,
    `The credentials are not part of the document; the call reads them from the secret ${secret}.`,
    `Store ${known.value} as ${secret}: docs/guide/workflows.md, Secrets.`,
  );
}
