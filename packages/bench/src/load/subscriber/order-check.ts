/** Watches one subscriber's lines for what must not happen within a run. */
export class OrderCheck {
  lines = 0;
  gaps = 0;
  duplicates = 0;
  misordered = 0;
  ends = 0;
  readonly #last = new Map<string, Cursor>();

  /** Takes the next line of the stream; `isEnd` when nothing of the run may follow. */
  take(runId: string, seq: number, position: number, isEnd: boolean): void {
    this.lines += 1;
    const last = this.#last.get(runId);
    if (last === undefined) {
      // A subscriber may come in the middle of a run: its first line can be any.
      this.#last.set(runId, { seq, position, isEnded: isEnd });
    } else if (seq === last.seq && position === last.position) {
      this.duplicates += 1;
      return;
    } else if (seq < last.seq || (seq === last.seq && position < last.position) || last.isEnded) {
      this.misordered += 1;
      return;
    } else {
      const isNext = seq === last.seq ? position === last.position + 1 : seq === last.seq + 1 && position === 0;
      if (!isNext) this.gaps += 1;
      last.seq = seq;
      last.position = position;
      last.isEnded = isEnd;
    }
    if (isEnd) this.ends += 1;
  }
}

interface Cursor {
  seq: number;
  position: number;
  isEnded: boolean;
}
