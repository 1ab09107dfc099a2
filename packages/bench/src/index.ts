export { runSuite } from "./suite/suite.ts";
export type { BenchOptions, Progress, ProgressListener } from "./suite/options.ts";
export type { LaunchedDatabase, LaunchedMeshHook, MeshHookStart, SystemLauncher } from "./system/launcher.ts";
export type { BenchResult } from "./result/result.ts";
