import type { ServerOptions } from "@meshhook/server";

import type { Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";
import { readGuardedFile } from "./guarded-file.ts";

/** With what people may sign in beside passwords, and programs beside API keys. */
export type SignInWays = Required<Pick<ServerOptions, "provider" | "tokens">>;

/** @throws CommandError  Settings that belong together are not all there. */
export async function loadSignInWays(config: Config): Promise<SignInWays> {
  return { provider: await providerOf(config), tokens: tokensOf(config) };
}

async function providerOf(config: Config): Promise<SignInWays["provider"]> {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcName: name, oidcDomains, oidcNewcomers, publicUrl } = config;
  if (issuer === null) return null;
  requireEncrypted("MESHHOOK_OIDC_ISSUER", issuer);
  const clientSecret = await clientSecretOf(config);
  if (clientId === null)
    throw new CommandError("badInput", "MESHHOOK_OIDC_ISSUER is set, but MESHHOOK_OIDC_CLIENT_ID is not. Set it.");
  if (oidcNewcomers !== "refused" && oidcDomains.length === 0)
    throw new CommandError(
      "badInput",
      `MESHHOOK_OIDC_NEWCOMERS is ${oidcNewcomers}, so everybody whom the provider knows could come in. Set MESHHOOK_OIDC_DOMAINS.`,
    );
  return {
    issuer,
    clientId,
    clientSecret,
    name,
    domains: oidcDomains.map((domain) => domain.toLowerCase()),
    newcomers: oidcNewcomers === "refused" ? null : oidcNewcomers,
    publicUrl,
  };
}

async function clientSecretOf({ oidcClientSecret, oidcClientSecretFile }: Config): Promise<string> {
  if (oidcClientSecret !== null && oidcClientSecretFile !== null)
    throw new CommandError(
      "badInput",
      "MESHHOOK_OIDC_CLIENT_SECRET and MESHHOOK_OIDC_CLIENT_SECRET_FILE are set, so it is not clear which one counts. Set one of them.",
    );
  const secret =
    oidcClientSecretFile === null
      ? oidcClientSecret
      : await readGuardedFile(oidcClientSecretFile, "the client secret", "MESHHOOK_OIDC_CLIENT_SECRET_FILE");
  if (secret === null || secret.trim() === "")
    throw new CommandError(
      "badInput",
      "MESHHOOK_OIDC_ISSUER is set, but there is no client secret. Set MESHHOOK_OIDC_CLIENT_SECRET or MESHHOOK_OIDC_CLIENT_SECRET_FILE.",
    );
  return secret.trim();
}

function tokensOf({ supabaseUrl, tokenIssuer, tokenKeysUrl, tokenAudience }: Config): SignInWays["tokens"] {
  const auth = supabaseUrl === null ? null : `${supabaseUrl.replace(/\/+$/, "")}/auth/v1`;
  const issuer = tokenIssuer ?? auth;
  const keysUrl = tokenKeysUrl ?? (auth === null ? null : `${auth}/.well-known/jwks.json`);
  if (issuer === null && keysUrl === null) return null;
  if (issuer === null || keysUrl === null)
    throw new CommandError(
      "badInput",
      "Of MESHHOOK_TOKEN_ISSUER and MESHHOOK_TOKEN_KEYS_URL only one is set. Set both, or MESHHOOK_SUPABASE_URL.",
    );
  requireEncrypted(tokenKeysUrl === null ? "MESHHOOK_SUPABASE_URL" : "MESHHOOK_TOKEN_KEYS_URL", keysUrl);
  return { issuer, keysUrl, audience: tokenAudience };
}

/** Whoever can change what an `http:` address answers could sign in as anybody. */
function requireEncrypted(variable: string, address: string): void {
  const { protocol, hostname } = new URL(address);
  if (protocol === "http:" && !["127.0.0.1", "localhost", "[::1]"].includes(hostname))
    throw new CommandError(
      "badInput",
      `${variable} is ${address}, but must begin with https:, except on this machine.`,
    );
}
