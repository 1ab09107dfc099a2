import type { Micros } from "@meshhook/core";

import type { FormerKey } from "./catalog.ts";

/**
 * The secrets of projects, sealed by the caller: what is stored here cannot be read without a key that is not.
 *
 * Every change raises the catalog revision, so that processes look again. Methods that take a `projectId` see nothing of other projects.
 */
export interface Vault {
  /**
   * Adds a secret, or a version of one. The values of earlier versions are erased.
   *
   * @param secret  `seal` gives the sealed value for the version that this one becomes.
   * @returns `full` where the project has `SECRETS_MAX` others.
   * @throws CatalogEntryMissing for an unknown project.
   */
  addSecret(secret: {
    readonly projectId: string;
    readonly name: string;
    readonly seal: (version: number) => string;
  }): Promise<Secret | "full">;
  /** By name. */
  listSecrets(projectId: string): Promise<readonly Secret[]>;
  /** Newest first, at most `SECRET_VERSIONS_MAX`. */
  listSecretVersions(projectId: string, name: string): Promise<readonly SecretVersion[]>;
  /** False when there is none of this name. */
  deleteSecret(projectId: string, name: string): Promise<boolean>;
  /** The version that counts; null when there is none of this name. */
  findSecret(projectId: string, name: string): Promise<SealedSecret | null>;
  /** The slugs of the workflows whose active version names the secret. */
  listSecretUsers(projectId: string, name: string): Promise<readonly string[]>;

  /** Notes when secrets were used last, and adds their use to the audit log. */
  noteUses(uses: readonly SecretUse[]): Promise<void>;

  /**
   * What was not sealed under a key, across projects: secrets, what endpoints keep sealed, and keys for pseudonyms, by id.
   *
   * @param query  `prefix`: how everything begins that was sealed under the key.
   */
  listSealed(query: {
    readonly prefix: string;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<readonly SealedRow[]>;
  /** False when the row was changed since it was read; then nothing is stored. */
  replaceSealed(before: SealedRow, after: SealedRow): Promise<boolean>;
  /** How many sealed values there are, by the first characters of those of format 2, and null for those of format 1. */
  countSealed(): Promise<ReadonlyMap<string | null, number>>;
}

/** How many secrets a project may have. */
export const SECRETS_MAX = 1_000;
/** How many versions of a secret are listed; older ones are forgotten. */
export const SECRET_VERSIONS_MAX = 20;
/** So many first characters of a sealed value of format 2 say under which key it was sealed. */
export const SEALED_PREFIX_CHARACTERS = 12;

export interface SecretVersion {
  readonly version: number;
  readonly createdAt: Micros;
  /** When it was last used, to the minute; null: not yet. */
  readonly usedAt: Micros | null;
}

/** A secret without its value: its newest version, the one that counts. */
export interface Secret extends SecretVersion {
  readonly name: string;
}

export interface SealedSecret {
  readonly version: number;
  readonly sealed: string;
}

/** That calls used a secret, within a minute or so. */
export interface SecretUse {
  readonly projectId: string;
  readonly name: string;
  /** When it was last used. */
  readonly at: Micros;
  readonly count: number;
  /** Some of the runs. */
  readonly runIds: readonly string[];
}

export type SealedRow = SealedSecretRow | SealedEndpointRow | SealedPseudonymKeyRow;

export interface SealedPseudonymKeyRow {
  readonly kind: "pseudonym-key";
  /** The project's. */
  readonly id: string;
  readonly projectId: string;
  readonly sealed: string;
}

export interface SealedSecretRow {
  readonly kind: "secret";
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly version: number;
  readonly sealed: string;
}

export interface SealedEndpointRow {
  readonly kind: "endpoint";
  readonly id: string;
  readonly projectId: string;
  readonly sealedSecret: string | null;
  readonly sealedVerifyToken: string | null;
  readonly formerKeys: readonly FormerKey[];
}
