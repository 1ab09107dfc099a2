/** Everything that may be wrong with a live log, over all its viewers: the sum of the stream's counts among a scenario's errors. */
export const STREAM_FAULTS =
  "errors.stream_gap + errors.stream_duplicate + errors.stream_misordered + errors.stream_missing_end + errors.stream_broken";
