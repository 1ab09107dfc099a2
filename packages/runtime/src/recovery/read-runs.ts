/** Runs read at a time, as long as they fit into `readBytesMax`. */
export const READ_RUNS = 200;
