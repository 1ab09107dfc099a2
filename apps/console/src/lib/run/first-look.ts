import type { RunPicture } from "./recomputed-run.ts";

/**
 * The step that a reader wants to see first: the first that failed (what ended the run may only have followed from it), or one that
 * keeps the run waiting. Null: none stands out.
 */
export function firstLook(picture: RunPicture): string | null {
  if (picture.status === "failed") {
    const failed = picture.steps.filter(({ status }) => status === "failed");
    const [first] = failed.toSorted((left, right) => (left.endedAt ?? Infinity) - (right.endedAt ?? Infinity));
    return first?.node ?? picture.result?.error?.node ?? null;
  }
  if (picture.status === "running") return picture.steps.find(({ status }) => status === "waiting")?.node ?? null;
  return null;
}
