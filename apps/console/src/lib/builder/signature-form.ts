import type { SignatureKind, SignatureSettings } from "@meshhook/contract";

/** A setting of a signature, as a field. */
export interface SignatureField {
  /** Where it is in the settings, with a dot between the levels. */
  readonly path: string;
  readonly label: string;
  readonly hint?: string;
  /** Without them, it is text. */
  readonly options?: readonly string[];
  /** Shown while it is empty: what is used then. */
  readonly placeholder?: string;
  readonly type?: "number" | "list";
}

interface SignatureForm {
  readonly title: string;
  /** What the secret is, as the sender calls it; null when there is none. */
  readonly secret: string | null;
  readonly fields: readonly SignatureField[];
}

const TOLERANCE: SignatureField = {
  path: "toleranceS",
  label: "Tolerance in seconds",
  hint: "By how much the signed time may differ from the server’s.",
  placeholder: "300",
  type: "number",
};
const URL_FIELD: SignatureField = {
  path: "url",
  label: "Address that the sender signs",
  hint: "Without a query. By default, https:// with the host and the path of the request.",
};

/** What each kind of signature needs, in the order in which they are offered. */
export const SIGNATURE_FORMS: { readonly [Kind in SignatureKind]: SignatureForm } = {
  none: { title: "None", secret: null, fields: [] },
  "github-sha256": { title: "GitHub", secret: "The webhook’s secret.", fields: [] },
  stripe: { title: "Stripe", secret: "The endpoint’s signing secret at Stripe, whsec_…", fields: [TOLERANCE] },
  slack: { title: "Slack", secret: "The app’s signing secret.", fields: [TOLERANCE] },
  shopify: { title: "Shopify", secret: "The app’s client secret.", fields: [] },
  twilio: { title: "Twilio", secret: "The account’s auth token.", fields: [URL_FIELD] },
  "standard-webhooks": {
    title: "Standard Webhooks, Svix",
    secret: "whsec_… or the sender’s public key, whpk_…",
    fields: [TOLERANCE],
  },
  discord: { title: "Discord", secret: "The application’s public key.", fields: [TOLERANCE] },
  hmac: {
    title: "Another HMAC",
    secret: "What the sender calls its secret.",
    fields: [
      { path: "hmac.header", label: "Header with the signature" },
      { path: "hmac.prefix", label: "Text before the signature", hint: "For example, sha256=" },
      { path: "hmac.algorithm", label: "Algorithm", options: ["sha256", "sha512", "sha1-legacy"] },
      { path: "hmac.encoding", label: "Encoding", options: ["hex", "base64", "base64url"] },
      {
        path: "hmac.signed",
        label: "What is signed",
        hint: "Text with {body}, {timestamp}, {id}, {method}, {url}. \\n is a line break.",
        placeholder: "{body}",
      },
      { path: "hmac.timestampHeader", label: "Header with the timestamp" },
      { path: "hmac.timestampFormat", label: "Timestamp", options: ["seconds", "milliseconds", "iso"] },
      { path: "hmac.idHeader", label: "Header with the id" },
      { path: "hmac.secretEncoding", label: "Encoding of the secret", options: ["text", "hex", "base64"] },
      TOLERANCE,
      URL_FIELD,
    ],
  },
  jwt: {
    title: "Token (JWT)",
    secret: "A shared secret, or the sender’s public key in PEM. Empty if the keys are published.",
    fields: [
      {
        path: "jwt.algorithms",
        label: "Algorithms",
        hint: "Separated by commas, for example RS256, ES256",
        type: "list",
      },
      { path: "jwt.jwksUrl", label: "Address of the published keys" },
      { path: "jwt.issuer", label: "Issuer" },
      { path: "jwt.audience", label: "Audience" },
      { path: "jwt.header", label: "Header with the token", placeholder: "authorization" },
      { path: "jwt.maxAgeS", label: "Greatest age in seconds", type: "number" },
      { path: "jwt.bodySha256Claim", label: "Claim with the SHA-256 of the body" },
      { ...TOLERANCE, placeholder: "60" },
    ],
  },
  basic: { title: "Password (basic)", secret: "user:password", fields: [] },
};

export const SIGNATURE_KINDS = Object.keys(SIGNATURE_FORMS) as SignatureKind[];

/** What the fields show, by path. */
export function fieldTexts(kind: SignatureKind, settings: SignatureSettings): { [path: string]: string } {
  return Object.fromEntries(
    SIGNATURE_FORMS[kind].fields.map(({ path }) => {
      const [first = "", second] = path.split(".");
      const outer: unknown = settings[first as keyof SignatureSettings];
      const value =
        second === undefined ? outer : (outer as { readonly [name: string]: unknown } | undefined)?.[second];
      return [path, Array.isArray(value) ? value.join(", ") : textOf(value).replaceAll("\n", "\\n")];
    }),
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The settings that the fields stand for; empty fields are left out. The server checks them. */
export function settingsFrom(kind: SignatureKind, texts: { readonly [path: string]: string }): SignatureSettings {
  const settings: { [name: string]: unknown } = kind === "hmac" || kind === "jwt" ? { [kind]: {} } : {};
  for (const { path, type } of SIGNATURE_FORMS[kind].fields) {
    const text = texts[path]?.trim() ?? "";
    if (text === "") continue;
    const [first = "", second] = path.split(".");
    const value = valueOf(text, type);
    if (second === undefined) settings[first] = value;
    else Object.assign(settings[first] as object, { [second]: value });
  }
  return settings;
}

function valueOf(text: string, type: SignatureField["type"]): unknown {
  if (type === "list") return text.split(/[\s,]+/).filter((item) => item !== "");
  // The server says what is wrong with a text that is not a number.
  if (type === "number") return /^\d+$/.test(text) ? Number(text) : text;
  return text.replaceAll("\\n", "\n");
}
