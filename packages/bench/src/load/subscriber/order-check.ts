/** Watches one viewer's lines for what must not happen within a run. */
export class OrderCheck {
  lines = 0;
  readonly #runs = new Map<string, RunView>();

  /** Takes the next line of the stream; `isEnd` when nothing of the run may follow. */
  take(runId: string, seq: number, position: number, isEnd: boolean, arrivedUs: number): void {
    this.lines += 1;
    const view = this.#runs.get(runId);
    if (view === undefined) {
      // Viewers come before the first run does, so each sees every run from its first line on.
      const gaps = seq === 0 && position === 0 ? 0 : 1;
      this.#runs.set(runId, { seq, position, gaps, duplicates: 0, misordered: 0, endUs: isEnd ? arrivedUs : null });
    } else if (seq === view.seq && position === view.position) {
      view.duplicates += 1;
    } else if (seq < view.seq || (seq === view.seq && position < view.position) || view.endUs !== null) {
      view.misordered += 1;
    } else {
      const isNext = seq === view.seq ? position === view.position + 1 : seq === view.seq + 1 && position === 0;
      if (!isNext) view.gaps += 1;
      view.seq = seq;
      view.position = position;
      if (isEnd) view.endUs = arrivedUs;
    }
  }

  /** What was seen of each run. */
  get runs(): ReadonlyMap<string, Readonly<RunView>> {
    return this.#runs;
  }
}

interface RunView {
  seq: number;
  position: number;
  gaps: number;
  duplicates: number;
  misordered: number;
  /** When the run's last line arrived, in Unix microseconds; null while it has not. */
  endUs: number | null;
}
