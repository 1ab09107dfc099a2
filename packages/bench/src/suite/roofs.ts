import { githubIssuesPayload } from "../load/payload.ts";
import type { Roofs } from "../result/result.ts";
import { measureDatabaseRoofs } from "../roof/database-roofs.ts";
import { measureRawHttpRoof } from "../roof/generator-roofs.ts";

/** The roofs of one round. */
interface RoundRoofs {
  readonly round: number;
  readonly roofs: Roofs;
  readonly rawHttpCpuUs: number;
}

/** Each of three roofs, in each round. */
const ROOF_MS = 1_000;

export const NO_ROOFS: Roofs = { copyRowsPerSecond: 0, commitsPerSecond: 0, rawHttpPerSecond: 0 };

/** What this machine can do at most, measured in several rounds of a suite. */
export class RoofRounds {
  readonly #rounds: RoundRoofs[] = [];

  get isEmpty(): boolean {
    return this.#rounds.length === 0;
  }

  /** The usual of several rounds; null before the first. */
  get usual(): Roofs | null {
    if (this.isEmpty) return null;
    const of = (name: keyof Roofs) => middle(this.#rounds.map(({ roofs }) => roofs[name]));
    return {
      copyRowsPerSecond: of("copyRowsPerSecond"),
      commitsPerSecond: of("commitsPerSecond"),
      rawHttpPerSecond: of("rawHttpPerSecond"),
    };
  }

  /**
   * CPU of a bare HTTP server for one request, microseconds: the usual of several rounds; null before the first. Not the best of them: a
   * shared machine is half as fast in some minutes as in others, and MeshHook meets them all.
   */
  get rawHttpCpuUs(): number | null {
    return this.isEmpty ? null : middle(this.#rounds.map(({ rawHttpCpuUs }) => rawHttpCpuUs));
  }

  /** Those that were measured closest to a round. */
  near(round: number): Roofs {
    const [nearest] = this.#rounds.toSorted((a, b) => Math.abs(a.round - round) - Math.abs(b.round - round));
    return nearest?.roofs ?? NO_ROOFS;
  }

  /** Measures them; returns what was found, in words. */
  async measure(
    round: number,
    of: { readonly databaseUrl: string; readonly directory: string; readonly scale: number },
  ): Promise<string> {
    const payload = githubIssuesPayload("github-issues-small");
    const durationMs = Math.max(300, ROOF_MS * of.scale);
    const database = await measureDatabaseRoofs(of.databaseUrl, durationMs, payload.body);
    const rawHttp = await measureRawHttpRoof({
      durationMs: Math.max(500, ROOF_MS * of.scale),
      payload,
      directory: of.directory,
    });
    const roofs = { ...database, rawHttpPerSecond: rawHttp.perSecond };
    this.#rounds.push({ round, roofs, rawHttpCpuUs: rawHttp.serverCpuUsPerRequest });
    return `${String(Math.round(roofs.copyRowsPerSecond))} rows/s by COPY, ${String(Math.round(roofs.commitsPerSecond))} commits/s, ${String(Math.round(rawHttp.perSecond))} raw HTTP requests/s (${rawHttp.serverCpuUsPerRequest.toFixed(0)} µs of CPU each)`;
  }
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
