/** The facts about a draft and the active version that determine its state. */
export interface PublishFacts {
  /** Null while it has problems or is being checked. */
  readonly draftHash: string | null;
  /** The draft would run in the same way, but names, labels or the sample differ. */
  readonly isReworded: boolean;
  readonly problems: number;
  readonly active: { readonly number: number; readonly hash: string } | null;
  readonly attempt: { readonly kind: "none" | "publishing" } | { readonly kind: "failed"; readonly reason: string };
}

export type PublishState =
  | { readonly kind: "publishing" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "problems"; readonly count: number }
  | { readonly kind: "checking" }
  | { readonly kind: "nothing_published" }
  | { readonly kind: "up_to_date"; readonly version: number }
  | { readonly kind: "unpublished_changes"; readonly version: number };

/** The state of a draft, computed from hashes each time, so that it cannot be out of date. */
export function publishState({ draftHash, isReworded, problems, active, attempt }: PublishFacts): PublishState {
  if (attempt.kind === "publishing") return { kind: "publishing" };
  if (attempt.kind === "failed") return { kind: "failed", reason: attempt.reason };
  if (problems > 0) return { kind: "problems", count: problems };
  if (draftHash === null) return { kind: "checking" };
  if (active === null) return { kind: "nothing_published" };
  const isSame = active.hash === draftHash && !isReworded;
  return { kind: isSame ? "up_to_date" : "unpublished_changes", version: active.number };
}

/** A state in words, for the text beside the button. */
export function publishWords(state: PublishState): string {
  switch (state.kind) {
    case "publishing":
      return "Publishing…";
    case "failed":
      return `Not published: ${state.reason}`;
    case "problems":
      return state.count === 1 ? "1 problem" : `${state.count} problems`;
    case "checking":
      return "Checking…";
    case "nothing_published":
      return "Nothing published";
    case "up_to_date":
      return `Up to date (version ${state.version})`;
    case "unpublished_changes":
      return `Unpublished changes (version ${state.version} runs)`;
  }
}
