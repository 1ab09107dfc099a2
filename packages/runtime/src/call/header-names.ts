/**
 * One rule for all headers, of webhooks that come in, of answers that are kept, and of requests that follow a redirect: by the words
 * of the name. A credential that is kept or carried is worse than a header that is missing.
 */

/** In any part of a word: `accesstoken`, `phpsessid`, `x-proxyauth`. `author` and `authority` hold none. */
const ANYWHERE =
  /auth(?!or(?!i[sz]))|bearer|cookie|credential|csrf|xsrf|hmac|jwt|oidc|saml|assertion|principal|macaroon|passcode|passphrase|passport|passw|secret(?!ar)|session|sessid|signature|verif|kerberos|ntlm|mnemonic|keypair|keyring|keystore|keytab/;

/** Whole words. */
const WORDS = new Set(
  "cred creds crumb dpop fa hawk jwe jwk jwks jws mfa otp pass passwd pat pin proof psk pw pwd sess sid sig sigs sigv sso tfa tok wsse".split(
    " ",
  ),
);
/** Ends of words that were written together. Words in `HARMLESS_ENDS` only sound like it. */
const ENDS = /(?:pass|pwd|pw|otp|sid|sig|psk|wsse|creds?)$/;
const HARMLESS_ENDS = new Set(["bypass", "compass", "sacred", "surpass", "trespass", "underpass", "overpass"]);
/** Words that are too short to be told at the end of any word, behind what is often written before them. */
const TOGETHER =
  /^(?:x|my|api|app|web|webhook|hook|body|user|client|request|access|auth|login|admin|security|activation|reset|invite|device|sms|email|otp|pass|pin)(?:sign|pin|mac|hash|code)$/;

/** Before `key` and `keys`, or together with them: they name something and open nothing. */
const NAMING =
  /^(?:cache|correlation|dedup|dedupe|deduplication|delivery|event|group|idempotency|issue|message|object|order|ordering|partition|project|record|resource|routing|row|sort|surrogate|translation)$/;
const NO_KEYS = new Set(["monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "turnkey", "hotkey"]);
/** `tokens` beside one of these counts what a language model used. */
const COUNTING =
  /^(?:used|usage|remaining|remain|limit|ratelimit|reset|count|total|input|output|prompt|completion|max|min|per|cached|budget|consumed|generated|billed|cost|llm)$/;
/** Codes that let somebody in, unlike those of a country or an error. */
const SECRET_CODE =
  /^(?:access|activation|backup|device|invite|invitation|login|mfa|pairing|recovery|reset|security|sms|user)$/;
/** Things whose hash is not a secret. */
const HASHED =
  /^(?:asset|blob|block|build|bundle|commit|content|file|git|goog|image|package|revision|tree|tx|transaction)$/;

/** Says whether a header's value may give its holder rights, or proves who sent it. By the name alone, in any case. */
export function isCredential(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word, at) => isCredentialWord(word, words[at - 1] ?? "", words[at + 1] ?? "", words));
}

/** `X-API_key.v2` → x, api, key, v, 2. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase()
    .replace(/([a-z])(?=\d)|(\d)(?=[a-z])/g, "$&-")
    .split(/[^a-z0-9]+/);
}

function isCredentialWord(word: string, before: string, after: string, words: readonly string[]): boolean {
  switch (word) {
    case "tokens":
      return !words.some((other) => COUNTING.test(other));
    case "key":
    case "keys":
      return !NAMING.test(before);
    case "sign":
    case "signed":
      return !/^(?:at|by|in|off|on|out|up)$/.test(after);
    case "mac":
      return !/^(?:addr|address|os|osx)$/.test(after);
    case "hash":
      return !HASHED.test(before);
    case "cert":
    case "certificate":
      return !/^(?:url|uri|expires|expiry|issuer|algo)$/.test(after);
    case "pass":
      return after !== "through";
    case "code":
      return SECRET_CODE.test(before);
    default:
      return WORDS.has(word) || ANYWHERE.test(word) || isToken(word, before) || isJoined(word);
  }
}

/** `accesstoken`, `tokenid`; not `tokenizer`, which is a program. A repeat's token, as of `i-twilio-idempotency-token`, is a name. */
function isToken(word: string, before: string): boolean {
  if (!word.includes("token") || /^tokeni[sz]/.test(word)) return false;
  return word !== "token" || !/^(?:idempotency|dedup|deduplication)$/.test(before);
}

function isJoined(word: string): boolean {
  const end = /^(.+?)keys?$/.exec(word)?.[1];
  if (end !== undefined) return !NAMING.test(end) && !NO_KEYS.has(word);
  return TOGETHER.test(word) || (ENDS.test(word) && !HARMLESS_ENDS.has(word));
}
