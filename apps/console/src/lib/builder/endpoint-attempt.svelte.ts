import { describeFailure, RequestProblem } from "#lib/api.ts";
import { asSentence } from "#lib/format.ts";

/** Actions on an endpoint: one at a time, with the outcome where it was tried. */
export class Attempt<Place extends string> {
  isBusy = $state(false);
  /** What failed, and where it was tried. */
  fault = $state.raw<{ readonly at: Place; readonly text: string } | null>(null);

  /** @returns whether it worked. */
  async make(at: Place, act: () => Promise<void>): Promise<boolean> {
    this.isBusy = true;
    this.fault = null;
    try {
      await act();
      return true;
    } catch (failure) {
      const issues = failure instanceof RequestProblem ? failure.issues : [];
      const reasons = issues.map(({ message, fix }) => asSentence(`${message} ${fix ?? ""}`)).join(" ");
      this.fault = { at, text: reasons === "" ? describeFailure(failure) : reasons };
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  faultAt(place: Place): string | null {
    return this.fault?.at === place ? this.fault.text : null;
  }
}
