import type { RunEvent } from "@meshhook/core";

import type { ProjectListener, Subscription } from "../engine.ts";

/** The events of one project's runs while somebody follows them. */
export interface Feed {
  readonly listeners: number;
  follow(after: string | null, listener: ProjectListener): Subscription;
  /** Adds events of this process that are committed to the message that the next `publish` sends. */
  gather(events: readonly RunEvent[]): void;
  publish(): void;
  /** This process may have missed commits. */
  tellGap(): void;
}
