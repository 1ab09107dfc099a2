import type { SignatureKind, SignatureSettings } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";

import { basicCheck } from "./basic.ts";
import { customHmacCheck } from "./custom-hmac.ts";
import { discordCheck } from "./discord.ts";
import { jwtCheck } from "./jwt.ts";
import { basicKey, discordKey, encodedKey, KeyError, standardKey, tokenKey } from "./key-material.ts";
import type { KeySets } from "./key-sets.ts";
import { readGitHub, readShopify, readSlack, readStripe } from "./presets.ts";
import { hmacCheck, type Key, type SignatureCheck } from "./signature-check.ts";
import { standardWebhooksCheck } from "./standard-webhooks.ts";
import { readTwilio } from "./twilio.ts";

/** How an endpoint's deliveries are signed, with its keys in clear text. */
export interface SignatureSetup {
  readonly kind: SignatureKind;
  readonly settings: SignatureSettings;
  /** Newest first. */
  readonly keys: readonly { readonly secret: Buffer; readonly expiresAt: Micros | null }[];
}

const TOLERANCE_S = 300;
const TOKEN_TOLERANCE_S = 60;

/**
 * Prepares the check of an endpoint's signatures, once for all its deliveries. Null: nothing is checked.
 *
 * @throws KeyError  A secret is not a key for this kind of signature, or the one that it needs is missing.
 * @throws TemplateError  The settings of an HMAC would prove nothing.
 */
export function openSignature({ kind, settings, keys }: SignatureSetup, keySets: KeySets): SignatureCheck | null {
  const { toleranceS = TOLERANCE_S, url = null } = settings;
  const keysOf = <Material>(read: (secret: string) => Material): readonly Key<Material>[] => {
    if (keys.length === 0) throw new KeyError("The endpoint has no secret");
    return keys.map(({ secret, expiresAt }) => ({ material: read(secret.toString("utf8")), expiresAt }));
  };
  const texts = (): readonly Key<Buffer>[] => keysOf((secret) => Buffer.from(secret, "utf8"));
  switch (kind) {
    case "none":
      return null;
    case "github-sha256":
      return hmacCheck("sha256", texts(), readGitHub);
    case "shopify":
      return hmacCheck("sha256", texts(), readShopify);
    case "slack":
      return hmacCheck("sha256", texts(), readSlack(toleranceS));
    case "stripe":
      return hmacCheck("sha256", texts(), readStripe(toleranceS));
    case "twilio":
      return hmacCheck("sha1", texts(), readTwilio(url));
    case "standard-webhooks":
      return standardWebhooksCheck(keysOf(standardKey), toleranceS);
    case "discord":
      return discordCheck(keysOf(discordKey), toleranceS);
    case "hmac": {
      const encoding = settings.hmac?.secretEncoding ?? "text";
      return customHmacCheck(
        keysOf((secret) => encodedKey(secret, encoding)),
        settings,
        toleranceS,
      );
    }
    case "basic":
      return basicCheck(keysOf(basicKey));
    case "jwt":
      break;
  }
  const { jwt } = settings;
  if (jwt === undefined) throw new KeyError("The endpoint has no settings for its tokens");
  const { jwksUrl, algorithms } = jwt;
  const source = jwksUrl === undefined ? keysOf((secret) => tokenKey(secret, algorithms)) : keySets.open(jwksUrl);
  return jwtCheck(source, jwt, settings.toleranceS ?? TOKEN_TOLERANCE_S);
}
