import { runIdFloor } from "@meshhook/core";

import type { RetentionPolicy } from "../../retention.ts";
import { dayOf } from "../migrate.ts";

const DAY_MS = 86_400_000;

/** A range of run ids: the first one, and the first one after it. */
export type Range = readonly [from: string, until: string];

/** The runs that started on a day. */
export function rangeOf(day: string): Range {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return [runIdFloor(ms), runIdFloor(ms + DAY_MS)];
}

/** The projects whose runs of a day have been kept for long enough: those listed, or all except those listed. */
export interface Due {
  readonly projects: readonly string[];
  readonly isExcept: boolean;
}

/** No project's runs. */
export const NONE_DUE: Due = { projects: [], isExcept: false };

/** Which runs have been kept for long enough, by day and project. */
export class Deadlines {
  /** Null: runs are kept for ever where a project does not say otherwise. */
  readonly firstDayKept: string | null;
  /** Days before this one are not appended to any more, but by runs that go on. */
  readonly #firstDayOpen: string;
  /** By project. */
  readonly #firstDaysKept: ReadonlyMap<string, string>;

  constructor({ now, days }: RetentionPolicy, daysOfProjects: ReadonlyMap<string, number>) {
    this.#firstDayOpen = dayOf(now, -1);
    this.firstDayKept = days === null ? null : dayOf(now, -days);
    this.#firstDaysKept = new Map([...daysOfProjects].map(([project, ownDays]) => [project, dayOf(now, -ownDays)]));
  }

  /** Whether the day may be written again. */
  isOver(day: string): boolean {
    return day < this.#firstDayOpen;
  }

  /** Null: no project's. */
  dueOn(day: string): Due | null {
    const isPast = this.firstDayKept !== null && day < this.firstDayKept;
    const projects: string[] = [];
    for (const [project, first] of this.#firstDaysKept) if (day < first !== isPast) projects.push(project);
    return isPast || projects.length > 0 ? { projects, isExcept: isPast } : null;
  }
}
