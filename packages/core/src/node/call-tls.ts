import type { JsonSchema } from "../definition/json-schema.ts";
import { readReference } from "../expression/reference.ts";
import type { TlsPart, TlsPolicy } from "../plan/plan.ts";
import type { ConfigReader } from "./config-reader.ts";

export interface TlsConfig {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly serverName?: string;
}

const SECRET = /^\s*\{\{(.*)\}\}\s*$/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/;

function secretSchema(title: string, description: string): JsonSchema {
  return { type: "string", title, description, pattern: "^\\s*\\{\\{.*\\}\\}\\s*$", maxLength: 200 };
}

export const tlsSchema: JsonSchema = {
  type: "object",
  title: "TLS",
  description:
    "For targets that demand a client certificate, or whose certificate has an issuer of its own. Connections with different settings, or of different projects, are never shared. A redirect to another origin goes without them.",
  properties: {
    ca: {
      type: "string",
      title: "Issuers",
      description:
        "Certificates in PEM, or {{ secrets.NAME }}. The target's certificate must come from one of these issuers, instead of those that are trusted otherwise.",
      maxLength: 65_536,
    },
    certificate: {
      type: "string",
      title: "Client certificate",
      description: "In PEM with the certificates that lead to its issuer, or {{ secrets.NAME }}.",
      maxLength: 65_536,
    },
    key: secretSchema("Private key", "{{ secrets.NAME }} of the client certificate's private key in PEM."),
    passphrase: secretSchema("Passphrase", "{{ secrets.NAME }} of the passphrase, if the private key has one."),
    serverName: {
      type: "string",
      title: "Server name",
      description: "The name that the target's certificate must have, if that is not the host of the URL.",
      pattern: "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
      maxLength: 253,
    },
  },
  additionalProperties: false,
};

/** Reads the TLS settings of a call. Mistakes become issues. */
export function readTls(
  { tls: config, url }: { readonly tls?: TlsConfig; readonly url: string },
  reader: ConfigReader,
): TlsPolicy | null {
  if (config === undefined) return null;
  const { ca, certificate, key, passphrase, serverName } = config;
  if (!/^https:/i.test(url.trim()))
    reader.report(["tls"], "invalid_value", "A URL that begins with http: has no TLS.", "Write https:, or remove tls.");
  requireTogether(config, reader);
  return {
    ca: partOf("ca", ca, true, reader),
    certificate: partOf("certificate", certificate, true, reader),
    key: partOf("key", key, false, reader),
    passphrase: partOf("passphrase", passphrase, false, reader),
    serverName: serverName ?? null,
  };
}

function requireTogether({ certificate, key, passphrase }: TlsConfig, reader: ConfigReader): void {
  if ((certificate === undefined) !== (key === undefined))
    reader.report(
      ["tls", certificate === undefined ? "key" : "certificate"],
      "invalid_value",
      "A client certificate and its private key belong together.",
      certificate === undefined ? "Add tls.certificate." : "Add tls.key with the secret that holds the private key.",
    );
  if (passphrase !== undefined && key === undefined)
    reader.report(["tls", "passphrase"], "invalid_value", "There is no private key to open.", "Remove the passphrase.");
}

function partOf(
  name: keyof TlsConfig,
  text: string | undefined,
  mayBePem: boolean,
  reader: ConfigReader,
): TlsPart | null {
  if (text === undefined) return null;
  const reference = readReference(SECRET.exec(text)?.[1] ?? "");
  if (reference?.kind === "secret") return { secret: reference.name };
  if (mayBePem && CERTIFICATE.test(text)) return { text };
  reader.report(
    ["tls", name],
    "invalid_value",
    mayBePem
      ? `tls.${name} is neither a certificate in PEM nor the reference of a secret.`
      : `tls.${name} is not the reference of a secret.`,
    mayBePem
      ? "Paste the text from -----BEGIN CERTIFICATE----- on, or write {{ secrets.NAME }}."
      : "Store it as a secret, and write {{ secrets.NAME }}.",
  );
  return null;
}
