import { api, describeFailure } from "#lib/api.ts";

/** Whether the workflow's new runs wait, and turning that on and off. */
export class Pause {
  readonly #workflowId: string;
  /** Since when, as an API time; null when the workflow is not paused. */
  since = $state<string | null>(null);
  isBusy = $state(false);
  fault = $state<string | null>(null);

  constructor(workflowId: string, since: string | null) {
    this.#workflowId = workflowId;
    this.since = since;
  }

  async set(isPaused: boolean): Promise<void> {
    this.isBusy = true;
    this.fault = null;
    try {
      const params = { workflow: this.#workflowId };
      this.since = (await (isPaused ? api.pauseWorkflow(params) : api.resumeWorkflow(params))).pausedAt;
    } catch (failure) {
      this.fault = describeFailure(failure);
    } finally {
      this.isBusy = false;
    }
  }
}
