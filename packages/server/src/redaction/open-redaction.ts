import { parseJsonInput, type Json } from "@meshhook/core";
import type { Catalog, Endpoint, Project, RedactionRule } from "@meshhook/journal";
import { newPseudonymKey, openPseudonymKey, Redaction, RedactionOverrun, type SecretBox } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";

type RedactingProject = Pick<Project, "redaction" | "sealedPseudonymKey">;

/** All rules for the deliveries to an endpoint: the project's first. */
export function rulesOf(
  project: RedactingProject,
  endpoint: Pick<Endpoint, "acceptance"> | null,
): readonly RedactionRule[] {
  return [...(project.redaction ?? []), ...(endpoint?.acceptance.redaction ?? [])];
}

/**
 * Null: everything is stored as it comes, and nothing is looked at.
 *
 * @throws when there is no key yet, or this process cannot read it: nothing may be stored unredacted.
 */
export function openRedaction(
  secrets: SecretBox,
  projectId: string,
  project: RedactingProject,
  endpoint: Pick<Endpoint, "acceptance"> | null,
): Redaction | null {
  const rules = rulesOf(project, endpoint);
  if (rules.length === 0) return null;
  if (project.sealedPseudonymKey === null) throw new Error("The project has rules for redaction and no key yet");
  return new Redaction(rules, openPseudonymKey(secrets, projectId, project.sealedPseudonymKey));
}

/** @throws HttpProblem  `redaction_impossible` */
export function orRefused<T>(redact: () => T): T {
  try {
    return redact();
  } catch (error) {
    if (error instanceof RedactionOverrun) throw new HttpProblem("redaction_impossible", error.message);
    throw error;
  }
}

/** The rules of projects for what does not come through an endpoint, or came through one before. */
export class Redactions {
  readonly #catalog: Pick<Catalog, "listEndpoints" | "listProjects" | "keepPseudonymKey">;
  readonly #secrets: SecretBox;

  constructor(catalog: Pick<Catalog, "listEndpoints" | "listProjects" | "keepPseudonymKey">, secrets: SecretBox) {
    this.#catalog = catalog;
    this.#secrets = secrets;
  }

  /** @param endpointId  Its rules apply, too, if it still exists. */
  async of(projectId: string, endpointId: string | null): Promise<Redaction | null> {
    const project = (await this.#catalog.listProjects()).find(({ id }) => id === projectId);
    if (project === undefined) return null;
    const endpoints = endpointId === null ? [] : await this.#catalog.listEndpoints(projectId);
    const endpoint = endpoints.find(({ id }) => id === endpointId) ?? null;
    return openRedaction(this.#secrets, projectId, project, endpoint);
  }

  /** What is stored of a JSON text that comes through no endpoint. @throws HttpProblem  `redaction_impossible` */
  async keptOf(projectId: string, text: string): Promise<string> {
    const redaction = await this.of(projectId, null);
    return redaction === null ? text : orRefused(() => redaction.json(text));
  }

  /** The same for values by name. */
  async valuesOf<V extends { readonly [name: string]: Json }>(projectId: string, values: V): Promise<V> {
    const redaction = await this.of(projectId, null);
    if (redaction === null) return values;
    const entries = Object.entries(values).map(([name, value]) => {
      const text = JSON.stringify(value);
      const kept = orRefused(() => redaction.json(text));
      return [name, kept === text ? value : parseJsonInput(kept)] as const;
    });
    return Object.fromEntries(entries) as V;
  }

  /** Gives a project the key that its rules need. One that it has already stays. */
  async makeKey(projectId: string): Promise<void> {
    await this.#catalog.keepPseudonymKey(projectId, newPseudonymKey(this.#secrets, projectId));
  }
}
