import { workflowSchema } from "../../packages/core/src/index.ts";
import type { GeneratedFile } from "./page.ts";

/** The published JSON Schema of the workflow document, for editors. */
export const workflowDocumentSchema: GeneratedFile = {
  path: "packages/core/schema/workflow.v1.json",
  make: () => JSON.stringify(workflowSchema),
};
