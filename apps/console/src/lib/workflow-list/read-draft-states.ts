import { api } from "../api.ts";
import { draftStateOf, type DraftState } from "./draft-state.ts";

const READ_AT_ONCE = 4;

/** Reads the drafts of workflows, a few at a time, and tells each state as soon as it is known. A draft that is gone is left out. */
export async function readDraftStates(
  ids: readonly string[],
  tell: (id: string, state: DraftState) => void,
): Promise<void> {
  const left = [...ids];
  const readRest = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const workflow = await api.getWorkflow({ workflow: id }).catch(() => null);
      if (workflow !== null) tell(id, draftStateOf(workflow));
    }
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, readRest));
}
