import { api, RequestProblem } from "#lib/api.ts";

import type { SaveRoutes } from "./autosave.ts";

/** Saves through the API, including unfinished drafts. */
export function saveRoutes(workflow: string): SaveRoutes {
  return {
    put: async (definition, revision) => {
      try {
        return {
          kind: "saved",
          workflow: await api.updateWorkflow({ workflow, body: { definition, revision, allowInvalid: true } }),
        };
      } catch (failure) {
        if (!(failure instanceof RequestProblem)) return { kind: "unreachable" };
        if (failure.code === "revision_conflict") return { kind: "conflict" };
        if (failure.status >= 502 && failure.status <= 504) return { kind: "unreachable" };
        const reasons = failure.issues.map(({ message }) => message).join(" ");
        return { kind: "refused", reason: reasons === "" ? failure.detail : reasons };
      }
    },
    get: () => api.getWorkflow({ workflow }),
  };
}
