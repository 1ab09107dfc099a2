import type { Version } from "@meshhook/journal";
import type { Report } from "@meshhook/testkit/proof";

import type { SimulatedDatabase } from "./database.ts";
import type { Dice } from "./dice.ts";
import type { Histories } from "./histories.ts";
import type { Machine, Running } from "./machine.ts";
import type { Timeline } from "./timeline.ts";

export interface OutsideOptions {
  readonly timeline: Timeline;
  readonly database: SimulatedDatabase;
  readonly histories: Histories;
  readonly dice: Dice;
  readonly machines: readonly Machine[];
  /** Of the workflows, in order. */
  readonly versions: readonly Version[];
  readonly note: (text: string) => void;
  readonly report: Report;
}

/** A question to whichever process is there. */
export interface Question<T> {
  /** Tells it apart from others: which process is asked follows from it. */
  readonly name: string;
  readonly ask: (running: Running) => Promise<T>;
  /** What is asked when the answer is on its way, even if its process ends now. */
  readonly onAnswer?: (answer: T) => void;
  /** `reset`: the process ended before it answered. Says whether the question is asked again. */
  readonly hear: (answer: T | "reset", running: Running) => "again" | "done";
}

const TRIES_MAX = 60;
const PAUSE_MS = 700;

/** The world outside: it asks some process, and again where that is of use. */
export class Outside {
  readonly options: OutsideOptions;
  #open = 0;

  constructor(options: OutsideOptions) {
    this.options = options;
  }

  /** Everybody has a clear answer, or has given up. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  /** Something will happen at a time; until then it is not done. */
  at(atUs: number, action: () => void): void {
    this.#open++;
    this.options.timeline.at(atUs, () => {
      this.#open--;
      action();
    });
  }

  in(ms: number, action: () => void): void {
    this.at(this.options.timeline.nowUs + ms * 1_000, action);
  }

  ask<T>(question: Question<T>): void {
    this.#open++;
    this.#ask(question, 0);
  }

  #ask<T>(question: Question<T>, tries: number): void {
    const { dice, machines, timeline } = this.options;
    const { ask, hear, name, onAnswer } = question;
    const running = machines[dice.of(`${name} ${tries}`).int(machines.length)]?.running ?? null;
    const again = (): void => {
      if (tries >= TRIES_MAX) this.#open--;
      else timeline.in(PAUSE_MS, () => this.#ask(question, tries + 1));
    };
    if (running === null) return again();
    let isAnswered = false;
    const listen = (answer: T | "reset"): void => {
      if (isAnswered) return;
      isAnswered = true;
      if (hear(answer, running) === "again") return again();
      this.#open--;
    };
    running.incarnation.onDeath(() => timeline.in(1, () => listen("reset")));
    running.incarnation.enter(() => {
      void ask(running).then((answer) => {
        onAnswer?.(answer);
        timeline.in(0, () => listen(answer));
      });
    });
  }
}
