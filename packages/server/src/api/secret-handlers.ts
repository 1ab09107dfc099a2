import { formatTime, type SecretResource } from "@meshhook/contract";
import { SECRETS_MAX, type Secret, type SecretVersion, type Vault } from "@meshhook/journal";
import type { Engine, SecretBox } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";
import type { SecretKeys } from "../secret-keys.ts";
import type { Handlers } from "./answered-route.ts";
import { stateTagOf } from "./etag.ts";

export interface SecretHandlerSources {
  readonly engine: Pick<Engine, "forgetSecrets">;
  readonly vault: Vault;
  readonly secrets: SecretBox;
  readonly secretKeys: SecretKeys;
}

type SecretRoute =
  | "listSecrets"
  | "getSecret"
  | "putSecret"
  | "deleteSecret"
  | "listSecretVersions"
  | "listSecretKeys"
  | "rewrapSecrets";

/** The routes about the vault. Values only come in. */
export function createSecretHandlers({
  engine,
  vault,
  secrets,
  secretKeys,
}: SecretHandlerSources): Pick<Handlers, SecretRoute> {
  return {
    listSecrets: async ({ projectId }) => ({ items: (await vault.listSecrets(projectId)).map(secretResource) }),
    getSecret: async ({ projectId }, { name }) => {
      const secret = (await vault.listSecrets(projectId)).find((stored) => stored.name === name);
      if (secret === undefined) throw missing(name);
      return secretResource(secret);
    },
    putSecret: async ({ projectId }, { name, body }) => {
      const seal = (version: number): string => secrets.seal(projectId, body.value, { name, version });
      const added = await vault.addSecret({ projectId, name, seal });
      if (added === "full")
        throw new HttpProblem("secrets_full", `The project has ${SECRETS_MAX} secrets, so "${name}" was not stored`);
      engine.forgetSecrets();
      return secretResource(added);
    },
    deleteSecret: async ({ projectId }, { name, force = false }) => {
      if ((await vault.findSecret(projectId, name)) === null) throw missing(name);
      const users = force ? [] : await vault.listSecretUsers(projectId, name);
      if (users.length > 0)
        throw new HttpProblem("secret_in_use", `The secret "${name}" is used by ${users.join(", ")}`);
      if (!(await vault.deleteSecret(projectId, name))) throw missing(name);
      engine.forgetSecrets();
      return null;
    },
    listSecretVersions: async ({ projectId }, { name }) => {
      const versions = await vault.listSecretVersions(projectId, name);
      if (versions.length === 0) throw missing(name);
      return { items: versions.map(versionResource) };
    },
    listSecretKeys: async () => ({ items: [...(await secretKeys.list())] }),
    rewrapSecrets: async (_caller, { body }) => secretKeys.rewrap(body?.after ?? null),
  };
}

function secretResource(secret: Secret): SecretResource {
  return { name: secret.name, ...versionResource(secret), etag: stateTagOf(secret) };
}

function versionResource({ version, createdAt, usedAt }: SecretVersion): Omit<SecretResource, "name" | "etag"> {
  return { version, createdAt: formatTime(createdAt), usedAt: usedAt === null ? null : formatTime(usedAt) };
}

function missing(name: string): HttpProblem {
  return new HttpProblem("not_found", `There is no secret "${name}" in this project's vault`);
}
