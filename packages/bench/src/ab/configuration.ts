/** One of the two systems that are compared. */
export interface AbConfiguration {
  /** In words, as in `revision 9d8c049f12, MESHHOOK_WRITERS=4`. */
  readonly description: string;
  /** Extra environment for its MeshHook process. */
  readonly meshhookEnv: { readonly [name: string]: string };
  /** Settings of its PostgreSQL, on top of those that the embedded database has. */
  readonly postgresSettings: { readonly [name: string]: string };
  /** Folder of the checkout that runs; null for the one that measures. */
  readonly checkout: string | null;
  /** What runs, for the record; null outside a checkout. */
  readonly commit: { readonly revision: string; readonly isDirty: boolean } | null;
  readonly meshhookVersion: string;
}

export type AbSide = "a" | "b";

/** PostgreSQL's settings that differ between the two on purpose. */
export function variedSettings(a: AbConfiguration, b: AbConfiguration): readonly string[] {
  const names = new Set([...Object.keys(a.postgresSettings), ...Object.keys(b.postgresSettings)]);
  return [...names].filter((name) => a.postgresSettings[name] !== b.postgresSettings[name]).sort();
}
