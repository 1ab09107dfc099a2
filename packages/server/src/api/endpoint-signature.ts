import type { NewSigningKey, ProblemIssue, SignatureKind, SignatureSettings } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";
import type { Endpoint } from "@meshhook/journal";
import type { SecretBox } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";
import { KeyError } from "../signature/key-material.ts";
import type { KeySets } from "../signature/key-sets.ts";
import { openSignature, type SignatureSetup } from "../signature/open-signature.ts";
import { isLive } from "../signature/signature-check.ts";
import { TemplateError } from "../signature/signed-template.ts";
import { keyIdOf, settingsOf, setupOf, type StoredSignature } from "../signature/stored-signature.ts";

interface Wanted {
  readonly signature?: SignatureKind;
  readonly signatureSettings?: SignatureSettings;
  readonly secret?: string;
}

const KEYS_MAX = 4;
const OTHERS_EXPIRE_IN_S = 86_400;
/** Signed with a time that the tolerance applies to. An HMAC is where it has a timestamp. */
const TIMED: ReadonlySet<SignatureKind> = new Set(["stripe", "slack", "standard-webhooks", "discord", "jwt"]);

/** Changes of an endpoint's signature and its keys. What is stored can be checked: nothing else is accepted. */
export class EndpointSignatures {
  readonly #secrets: SecretBox;
  readonly #keySets: KeySets;

  constructor(secrets: SecretBox, keySets: KeySets) {
    this.#secrets = secrets;
    this.#keySets = keySets;
  }

  /** @throws HttpProblem  `secret_missing`, `request_invalid`. */
  create(projectId: string, { signature, signatureSettings = {}, secret }: Wanted): StoredSignature {
    const kind = signature ?? (secret === undefined ? "none" : "github-sha256");
    const stored = {
      signature: kind,
      signatureSettings: JSON.stringify(signatureSettings),
      sealedSecret: secret === undefined ? null : this.#secrets.seal(projectId, secret),
      formerKeys: [],
    };
    this.#require(projectId, stored);
    return stored;
  }

  /**
   * What a change of settings changes about the signature: a secret replaces all keys, and another kind starts without settings.
   *
   * @throws HttpProblem  `secret_missing`, `request_invalid`.
   */
  change(endpoint: Endpoint, { signature, signatureSettings, secret }: Wanted): Partial<StoredSignature> {
    if (signature === undefined && signatureSettings === undefined && secret === undefined) return {};
    const kind = signature ?? endpoint.signature;
    const settings = signatureSettings ?? (kind === endpoint.signature ? settingsOf(endpoint) : {});
    const keeps = secret === undefined && needsSecret(kind, settings);
    const stored = {
      signature: kind,
      signatureSettings: JSON.stringify(settings),
      sealedSecret:
        secret !== undefined ? this.#secrets.seal(endpoint.projectId, secret) : keeps ? endpoint.sealedSecret : null,
      formerKeys: keeps ? endpoint.formerKeys : [],
    };
    this.#require(endpoint.projectId, stored);
    return stored;
  }

  /** Adds a key. Those from before expire, except that none lives longer than it did. @throws HttpProblem  As above. */
  addKey(
    endpoint: Endpoint,
    { secret, othersExpireInS = OTHERS_EXPIRE_IN_S }: NewSigningKey,
    now: Micros,
  ): Partial<StoredSignature> {
    const until = now + othersExpireInS * 1_000_000;
    const newest = endpoint.sealedSecret === null ? [] : [{ sealedSecret: endpoint.sealedSecret, expiresAt: null }];
    const formerKeys = [...newest, ...endpoint.formerKeys]
      .map(({ sealedSecret, expiresAt }) => ({ sealedSecret, expiresAt: Math.min(expiresAt ?? until, until) }))
      .filter(({ expiresAt }) => isLive(expiresAt, now));
    if (formerKeys.length >= KEYS_MAX)
      throw faultAt(
        "/body/secret",
        `The endpoint has ${formerKeys.length} keys; it can have ${KEYS_MAX}.`,
        "Remove one.",
      );
    const change = { sealedSecret: this.#secrets.seal(endpoint.projectId, secret), formerKeys };
    this.#require(endpoint.projectId, { ...endpoint, ...change });
    return change;
  }

  /** @throws HttpProblem  `not_found`; `secret_missing` for the newest key. */
  removeKey(endpoint: Endpoint, keyId: string): Partial<StoredSignature> {
    if (endpoint.sealedSecret !== null && keyIdOf(endpoint.sealedSecret) === keyId)
      throw new HttpProblem(
        "secret_missing",
        "This is the endpoint's newest key; add another one before you remove it",
      );
    const formerKeys = endpoint.formerKeys.filter(({ sealedSecret }) => keyIdOf(sealedSecret) !== keyId);
    if (formerKeys.length === endpoint.formerKeys.length)
      throw new HttpProblem("not_found", `There is no signing key "${keyId}" at this endpoint`);
    return { formerKeys };
  }

  #require(projectId: string, stored: StoredSignature): void {
    const setup = setupOf(projectId, stored, this.#secrets);
    requireSecret(setup);
    const fault = settingsFault(setup);
    if (fault !== null) throw fault;
    try {
      openSignature(setup, this.#keySets);
    } catch (error) {
      if (error instanceof KeyError) throw faultAt("/body/secret", `${error.message}.`);
      if (error instanceof TemplateError) throw faultAt("/body/signatureSettings/hmac/signed", `${error.message}.`);
      throw error;
    }
  }
}

function needsSecret(kind: SignatureKind, { jwt }: SignatureSettings): boolean {
  return kind !== "none" && !(kind === "jwt" && jwt?.jwksUrl !== undefined);
}

/** @throws HttpProblem  `secret_missing` */
function requireSecret({ kind, settings, keys }: SignatureSetup): void {
  if (needsSecret(kind, settings) === keys.length > 0) return;
  throw new HttpProblem(
    "secret_missing",
    keys.length === 0
      ? `The endpoint checks signatures of the kind ${kind} but has no secret; send secret`
      : kind === "none"
        ? "The endpoint has a secret but checks no signatures; set signature to what the sender does, such as github-sha256"
        : "The keys come from jwksUrl, so the endpoint has no secret; leave out one of the two",
  );
}

/** The first setting that is missing, or that does not belong to this kind of signature and would do nothing. */
function settingsFault({ kind, settings: { toleranceS, url, hmac, jwt } }: SignatureSetup): HttpProblem | null {
  const root = "/body/signatureSettings";
  for (const [name, value] of Object.entries({ hmac, jwt })) {
    if (kind === name && value === undefined)
      return faultAt(root, `The signature ${kind} needs the settings ${name}.`, `Add signatureSettings.${name}.`);
    if (kind !== name && value !== undefined) return strange(`${root}/${name}`, name, kind);
  }
  const isTimed = TIMED.has(kind) || hmac?.timestampHeader !== undefined;
  if (toleranceS !== undefined && !isTimed) return strange(`${root}/toleranceS`, "toleranceS", kind);
  const signsUrl = kind === "twilio" || hmac?.signed?.includes("{url}") === true;
  if (url !== undefined && !signsUrl) return strange(`${root}/url`, "url", kind);
  const isShared = jwt?.algorithms.map((algorithm) => algorithm.startsWith("HS"));
  if (isShared?.includes(true) === true && (isShared.includes(false) || jwt?.jwksUrl !== undefined))
    return faultAt(
      `${root}/jwt/algorithms`,
      "Algorithms for a shared secret (HS…) cannot be combined with those for a public key.",
      "Accept one kind only.",
    );
  return null;
}

function strange(path: string, name: string, kind: SignatureKind): HttpProblem {
  return faultAt(path, `${name} means nothing for the signature ${kind} with these settings.`, "Leave it out.");
}

function faultAt(path: string, message: string, fix?: string): HttpProblem {
  const issue: ProblemIssue = { path, code: "invalid_value", message, ...(fix === undefined ? {} : { fix }) };
  return new HttpProblem("request_invalid", "The request has 1 issue", { issues: [issue] });
}
