/** Header names that hold credentials, whatever else they say. */
const CREDENTIALS = new Set([
  "authorization",
  "authentication-info",
  "cookie",
  "cookie2",
  "dpop",
  "dpop-nonce",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "set-cookie",
  "set-cookie2",
  "www-authenticate",
]);

/** Words of a name that make its value a credential. `tokens` is not one: it counts what a language model used. */
const CREDENTIAL_WORD =
  /(?:^|[-_.])(?:[a-z]*token|[a-z]*secret|passw(?:or)?d|passphrase|pwd|[a-z]*apikey|credentials?|auth|authentication|authorization|[a-z]*cookie|session|sessionid|sid|csrf|xsrf|jwt|bearer)(?:$|[-_.])/;
/** `x-api-key`, `ocp-apim-subscription-key`, … */
const KEY = /(?:^|[-_.])[a-z]*key$/;
/** Keys that name something and open nothing. */
const NAMING_KEY = /(?:idempotency|cache|surrogate|partition|routing|message|object|sort)[-_.]?key$/;

/** Says whether a header's value gives its holder rights. By name alone, in lower case. */
export function isCredential(name: string): boolean {
  return CREDENTIALS.has(name) || CREDENTIAL_WORD.test(name) || (KEY.test(name) && !NAMING_KEY.test(name));
}
