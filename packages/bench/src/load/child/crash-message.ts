/** What a process of the benchmark says of the error that ends it. */
const CRASH = "crash";

export interface CrashMessage {
  readonly kind: typeof CRASH;
  readonly message: string;
  /** As in `ENOSPC`; null where the error has none. */
  readonly code: string | null;
}

export function crashOf(error: unknown): CrashMessage {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
  return { kind: CRASH, message: error instanceof Error ? error.message : String(error), code };
}

export function isCrash(message: unknown): message is CrashMessage {
  return typeof message === "object" && message !== null && Reflect.get(message, "kind") === CRASH;
}
