import { formatTime } from "@meshhook/contract";
import type { RunEvent } from "@meshhook/core";

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogFilter {
  /** This level and the ones above. */
  readonly level: Level;
  /** Null: about everything. */
  readonly isAbout: ((event: RunEvent) => boolean) | null;
}

export function filterEvents(events: readonly RunEvent[], { level, isAbout }: LogFilter): readonly RunEvent[] {
  const lowest = LEVELS.indexOf(level);
  if (lowest === 0 && isAbout === null) return events;
  return events.filter((event) => LEVELS.indexOf(event.level) >= lowest && (isAbout === null || isAbout(event)));
}

/** Indices of the events whose node, type or message contains the text, ignoring case. */
export function findInEvents(events: readonly RunEvent[], text: string): readonly number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  return events.flatMap((event, index) =>
    `${event.node ?? ""} ${event.type} ${event.message}`.toLowerCase().includes(wanted) ? [index] : [],
  );
}

/** `e0.12`: the name of an event's line in addresses. */
export function anchorOf({ seq, position }: { readonly seq: number; readonly position: number }): string {
  return `e${seq}.${position}`;
}

/** The index of the event that an address names by its hash; −1 when it names none of them. */
export function indexOfAnchor(events: readonly RunEvent[], hash: string): number {
  const match = /^#?e(\d{1,9})\.(\d{1,9})$/.exec(hash);
  if (match === null) return -1;
  const [seq, position] = [Number(match[1]), Number(match[2])];
  return events.findIndex((event) => event.seq === seq && event.position === position);
}

/** One line for people. */
export function asText(event: RunEvent): string {
  return `${formatTime(event.at)} ${event.level.toUpperCase().padEnd(5)} ${event.message}`;
}

/** One line for programs: the event as the API gives it. */
export function asJson(event: RunEvent): string {
  return JSON.stringify({ ...event, at: formatTime(event.at) });
}
