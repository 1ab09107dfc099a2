import type { RunPicture } from "./recomputed-run.ts";

/** The step that a reader wants to see first: the one that failed the run, or one that keeps it waiting. Null: none stands out. */
export function firstLook(picture: RunPicture): string | null {
  if (picture.status === "failed") {
    return picture.result?.error?.node ?? picture.steps.find(({ status }) => status === "failed")?.node ?? null;
  }
  if (picture.status === "running") return picture.steps.find(({ status }) => status === "waiting")?.node ?? null;
  return null;
}
