import { VERSION } from "../../packages/cli/src/version.ts";
import { openApiDocument } from "../../packages/server/src/index.ts";
import type { GeneratedFile } from "./page.ts";

/** What a running MeshHook answers at `/openapi.json`. */
export const openapi: GeneratedFile = {
  path: "docs/reference/openapi.json",
  make: () => JSON.stringify(openApiDocument(VERSION)),
};
