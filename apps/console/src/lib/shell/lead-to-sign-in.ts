import { RequestProblem } from "@meshhook/contract";
import { goto } from "$app/navigation";

/**
 * Leads to the sign-in page, and back here afterwards, when a failure means that the session has ended: signed out in another tab, or its
 * key was revoked.
 *
 * @returns whether it did.
 */
export async function leadToSignIn(failure: unknown): Promise<boolean> {
  if (!(failure instanceof RequestProblem) || failure.status !== 401) return false;
  if (location.pathname !== "/sign-in") {
    await goto(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  return true;
}
