/** Something that people would pick instead of MeshHook, and how it is set up here. */
export interface Peer {
  /** As on the command line. */
  readonly name: string;
  readonly title: string;
  /** The packages that npm brings, each with its exact version. */
  readonly packages: { readonly [name: string]: string };
  /** A program that must be installed, as in `redis-server`; null where npm brings everything. */
  readonly program: string | null;
  /** What it makes durable, and where: what its figures are to be read with. */
  readonly durability: string;
  /** Whether it keeps its runs in the PostgreSQL that all share: only then does its log count. */
  readonly isOnPostgres: boolean;
  /** How the instant is known at which a run has ended. */
  readonly end: string;
  /** Every setting that is not its default. */
  readonly settings: readonly PeerSetting[];
  /** Of a module that exports `startEngine`. */
  readonly engine: URL;
}

export interface PeerSetting {
  readonly name: string;
  readonly value: string;
  readonly reason: string;
  /** Where the reason comes from. */
  readonly source: string;
}
