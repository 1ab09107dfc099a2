import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A small result as the benchmark writes it. */
const RESULT = fileURLToPath(new URL("../../../packages/server/test/result.json", import.meta.url));

/** Puts a report into a folder of reports. Its page tries to reach out of its frame. */
export async function addSampleReport(reports: string, id: string): Promise<void> {
  await mkdir(join(reports, id));
  await copyFile(RESULT, join(reports, id, "result.json"));
  const script = "<script>document.title = parent.document.title</script>";
  const page = `<!doctype html><html lang="en"><title>Report</title><main><h1>The report of ${id}</h1></main>${script}</html>`;
  await writeFile(join(reports, id, "report.html"), page);
}
