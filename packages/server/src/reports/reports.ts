import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import {
  formatTime,
  REPORT_ID_PATTERN,
  ResultFileSchema,
  type ReportDetail,
  type ReportResource,
  type ResultFile,
  type UnreadableReport,
} from "@meshhook/contract";
import { Ajv } from "ajv";

import { schemaFaults } from "../schema-fault.ts";
import { reportDetail } from "./report-resource.ts";

const RESULT = "result.json";
const PAGE = "report.html";
const ID = new RegExp(REPORT_ID_PATTERN);
/** Newer reports push older ones out of the list, but their addresses keep working. */
const LISTED_MAX = 50;
const FOLDERS_MAX = 1_000;
const RESULT_BYTES_MAX = 32 * 1_048_576;

const isResultFile = new Ajv({ strict: false }).compile<ResultFile>(ResultFileSchema);

interface Folder {
  readonly id: string;
  readonly hasPage: boolean;
  readonly changedAtMs: number;
  readonly bytes: number;
}

type Report = ReportDetail | UnreadableReport;

/** Reports of the benchmark: folders with a `result.json` and a `report.html`, as `meshhook bench` leaves them. */
export class Reports {
  readonly #directory: string;
  /** A result is large and hardly ever changes, so its summary is kept until the file changes. */
  readonly #known = new Map<string, { readonly stamp: string; readonly report: Report }>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Newest first. A folder that cannot be read is in the list with the reason. */
  async list(): Promise<readonly (ReportResource | UnreadableReport)[]> {
    const folders = await this.#folders();
    const newest = folders.toSorted((left, right) => right.changedAtMs - left.changedAtMs).slice(0, LISTED_MAX);
    const dated = [];
    for (const folder of newest) {
      const report = await this.#report(folder);
      if ("unreadableBecause" in report) {
        dated.push({ at: formatTime(Math.floor(folder.changedAtMs) * 1_000), report });
      } else {
        const { findings: _findings, deviations: _deviations, ...summary } = report;
        dated.push({ at: report.startedAt, report: summary });
      }
    }
    return dated.toSorted((left, right) => (left.at < right.at ? 1 : -1)).map(({ report }) => report);
  }

  /** Null when there is no such report. */
  async find(id: string): Promise<Report | null> {
    const folder = await this.#folder(id);
    return folder === null ? null : this.#report(folder);
  }

  /** The report as a page for people; null when there is none. */
  async page(id: string): Promise<Buffer | null> {
    if (!ID.test(id) || (await this.#folder(id))?.hasPage !== true) return null;
    return readFile(join(this.#directory, id, PAGE));
  }

  /** Everything that was measured, as the benchmark wrote it; null when there is no such report. */
  async resultFile(id: string): Promise<Buffer | null> {
    return (await this.#folder(id)) === null ? null : readFile(join(this.#directory, id, RESULT));
  }

  async #folders(): Promise<readonly Folder[]> {
    // Before the first benchmark there is no folder.
    const names = await readdir(this.#directory).catch(() => []);
    const found = [];
    for (const name of names.slice(0, FOLDERS_MAX)) found.push(await this.#folder(name));
    return found.filter((folder) => folder !== null);
  }

  /** The folder itself (not a link elsewhere) if it contains a result; null otherwise. */
  async #folder(id: string): Promise<Folder | null> {
    if (!ID.test(id)) return null;
    const path = join(this.#directory, id);
    const [folder, result, page] = await Promise.all(
      [path, join(path, RESULT), join(path, PAGE)].map((each) => lstat(each).catch(() => null)),
    );
    if (folder?.isDirectory() !== true || result?.isFile() !== true) return null;
    return { id, hasPage: page?.isFile() === true, changedAtMs: result.mtimeMs, bytes: result.size };
  }

  async #report(folder: Folder): Promise<Report> {
    const stamp = `${folder.changedAtMs} ${folder.bytes} ${folder.hasPage}`;
    const known = this.#known.get(folder.id);
    if (known?.stamp === stamp) return known.report;
    const read = await readResult(join(this.#directory, folder.id, RESULT), folder.bytes);
    const { id, hasPage } = folder;
    const report = "result" in read ? reportDetail(folder, read.result) : { id, ...read, hasPage };
    if (this.#known.size >= FOLDERS_MAX) this.#known.clear();
    this.#known.set(folder.id, { stamp, report });
    return report;
  }
}

async function readResult(
  path: string,
  bytes: number,
): Promise<{ readonly result: ResultFile } | { readonly unreadableBecause: string }> {
  if (bytes > RESULT_BYTES_MAX)
    return { unreadableBecause: `${RESULT} has ${bytes} bytes; at most ${RESULT_BYTES_MAX} are read` };
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    return { unreadableBecause: error instanceof SyntaxError ? `${RESULT} is not JSON` : `${RESULT} cannot be opened` };
  }
  if (isResultFile(value)) return { result: value };
  const { schemaVersion } = (value ?? {}) as { readonly schemaVersion?: unknown };
  if (typeof schemaVersion === "number" && schemaVersion !== 1)
    return { unreadableBecause: `${RESULT} has schema version ${schemaVersion}; this MeshHook reads version 1` };
  const [fault] = schemaFaults(isResultFile.errors ?? []);
  return {
    unreadableBecause: `${RESULT} is not a result of the benchmark: ${fault?.error.instancePath || "/"} ${fault?.rule ?? ""}`,
  };
}
