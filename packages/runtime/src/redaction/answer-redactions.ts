import type { Catalog, Project } from "@meshhook/journal";

import type { Logger } from "../logger.ts";
import type { SecretBox } from "../secret/secret-box.ts";
import { openPseudonymKey } from "./pseudonym-key.ts";
import { Redaction } from "./redaction.ts";

/** The rules of projects that apply to answers, in memory. They are read with the rules that hold runs back. */
export class AnswerRedactions {
  readonly #catalog: Pick<Catalog, "listProjects">;
  readonly #box: SecretBox | null;
  readonly #log: Logger;
  #redactions: ReadonlyMap<string, Redaction> = new Map();

  /** @param box  Opens the keys for pseudonyms; null: values are masked instead. */
  constructor(catalog: Pick<Catalog, "listProjects">, box: SecretBox | null, log: Logger) {
    this.#catalog = catalog;
    this.#box = box;
    this.#log = log;
  }

  /** Null: what the project's calls are answered is stored as it is. */
  of(projectId: string): Redaction | null {
    return this.#redactions.get(projectId) ?? null;
  }

  /** @throws JournalUnavailable */
  async read(): Promise<void> {
    const redactions = new Map<string, Redaction>();
    for (const project of await this.#catalog.listProjects()) {
      const rules = project.redaction?.filter(({ answers }) => answers === true) ?? [];
      if (rules.length > 0) redactions.set(project.id, new Redaction(rules, this.#keyOf(project)));
    }
    this.#redactions = redactions;
  }

  #keyOf({ id, sealedPseudonymKey: sealed }: Project): Buffer | null {
    if (sealed === null || this.#box === null) return null;
    try {
      return openPseudonymKey(this.#box, id, sealed);
    } catch (error) {
      this.#log.error(
        { projectId: id, error: String(error) },
        "the key for pseudonyms cannot be read: values in answers are masked instead",
      );
      return null;
    }
  }
}
