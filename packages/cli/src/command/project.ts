import type { Client, ProjectResource } from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { readText } from "./workflow-file.ts";

/** What `meshhook project` was asked to do. Texts as they were given; null: not given. */
export interface ProjectRequest {
  /** Slug or id; null: list all projects. */
  readonly project: string | null;
  readonly concurrency: string | null;
  readonly keepDays: string | null;
  readonly rate: string | null;
  /** The path of a file with rules. */
  readonly redaction: string | null;
}

type ProjectChange = Parameters<Client["updateProject"]>[0]["body"];

/** Shows projects with their limits, or changes those of one. */
export async function project(request: ProjectRequest, config: Config, output: Output): Promise<ExitName> {
  const change: ProjectChange = {
    ...(request.concurrency === null ? {} : { concurrency: numberOf("--concurrency", request.concurrency) }),
    ...(request.keepDays === null ? {} : { retentionDays: numberOf("--keep-days", request.keepDays) }),
    ...(request.rate === null ? {} : { rateLimit: rateOf(request.rate) }),
    ...(request.redaction === null ? {} : { redaction: await rulesIn(request.redaction) }),
  };
  const isChange = Object.keys(change).length > 0;
  if (isChange && request.project === null)
    throw new CommandError("badInput", "It is not clear which project is meant. Give its slug or its id.");
  const connection = connect(config);
  if (request.project !== null && isChange) {
    const { project: name } = request;
    const changed = await withConnection(connection, (client) => client.updateProject({ project: name, body: change }));
    output.line(lineOf(changed));
    return "ok";
  }
  const { items } = await withConnection(connection, (client) => client.listProjects());
  const shown = items.filter(({ id, slug }) => request.project === null || [id, slug].includes(request.project));
  if (shown.length === 0) throw new CommandError("badInput", `There is no project "${request.project ?? ""}".`);
  for (const one of shown) output.line(lineOf(one));
  return "ok";
}

function lineOf({ slug, name, concurrency, retentionDays, rateLimit, redaction }: ProjectResource): string {
  const runs = concurrency === null ? "any number of runs at a time" : `${concurrency} runs at a time`;
  const kept =
    retentionDays === null ? "runs kept as long as the installation does" : `runs kept for ${retentionDays} days`;
  const rate =
    rateLimit === null ? "any number of webhooks" : `${rateLimit.requests} webhooks in ${rateLimit.perS} seconds`;
  const rules = redaction === null ? "" : `, redacted by ${redaction.map((rule) => rule.name).join(", ")}`;
  return `${slug}  ${name}  ${runs}, ${kept}, ${rate}${rules}`;
}

/** The API checks the rest. */
async function rulesIn(path: string): Promise<ProjectResource["redaction"]> {
  if (path === "none") return null;
  const text = await readText(path);
  try {
    return JSON.parse(text) as ProjectResource["redaction"];
  } catch (error) {
    throw new CommandError("badInput", `${path}: The rules are not JSON`, { cause: error });
  }
}

function rateOf(text: string): ProjectResource["rateLimit"] {
  if (text === "none") return null;
  const [, requests, perS] = /^([1-9]\d{0,6})\/([1-9]\d{0,4})$/.exec(text) ?? [];
  if (requests !== undefined && perS !== undefined) return { requests: Number(requests), perS: Number(perS) };
  throw new CommandError(
    "badInput",
    `--webhooks is "${text}", but must be webhooks per seconds, such as 600/60, or none.`,
  );
}

function numberOf(option: string, text: string): number | null {
  if (text === "none") return null;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new CommandError("badInput", `${option} is "${text}", but must be a whole number from 1 on, or none.`);
}
