import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// What Node makes of the sources is kept for the next start, which is then twice as fast; where the folder cannot be written, nothing is kept.
const cache = fileURLToPath(new URL("../../../node_modules/.cache/meshhook", import.meta.url));
enableCompileCache(cache);
// For its threads and for the processes that it starts.
process.env["NODE_COMPILE_CACHE"] ??= cache;

const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2), process.env);
