import { visible, visibleLine } from "./visible.ts";

/** What a progress display needs to know. */
export interface ProgressState {
  /** 0 to 1. */
  readonly share: number;
  readonly secondsLeft: number;
  readonly stage: string;
}

const BAR_CELLS = 24;
/** Without a terminal the line cannot change, so an unchanged stage is repeated only this often. */
const REPEAT_MS = 15_000;

/**
 * Shows progress: on a terminal one line that changes, below lines that stay; elsewhere a line per stage.
 *
 * @param now  Monotonic milliseconds.
 */
export class ProgressLine {
  readonly #target: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  readonly #now: () => number;
  #stage = "";
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(
    target: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown },
    now: () => number,
  ) {
    this.#target = target;
    this.#now = now;
  }

  show(state: ProgressState, line: string | null): void {
    const isTerminal = this.#target.isTTY === true;
    if (line !== null) this.#target.write(`${isTerminal ? CLEAR_LINE : ""}${visible(line)}\n`);
    if (isTerminal) {
      const text = progressText(state);
      this.#target.write(`${CLEAR_LINE}${text.slice(0, (this.#target.columns ?? 80) - 1)}`);
    } else if (state.stage !== this.#stage || this.#now() - this.#shownAt >= REPEAT_MS) {
      this.#target.write(`${progressText(state)}\n`);
      this.#stage = state.stage;
      this.#shownAt = this.#now();
    }
  }

  /** Removes the changing line. */
  end(): void {
    if (this.#target.isTTY === true) this.#target.write(CLEAR_LINE);
  }
}

const CLEAR_LINE = "\r\u001b[2K";

function progressText({ share, secondsLeft, stage }: ProgressState): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS);
  const bar = "█".repeat(full) + "░".repeat(BAR_CELLS - full);
  const seconds = Math.max(0, Math.round(secondsLeft));
  const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return `${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${left} left  ${visibleLine(stage)}`;
}
