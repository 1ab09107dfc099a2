/**
 * Rejects when an answer of the database has not come within `ms`.
 *
 * Not `query_timeout` of the driver: after a stall of the event loop, timers run before sockets are read, and an answer that came in time
 * would count as missing. Here it is read first.
 */
export function answeredWithin<T>(ms: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // The sockets' turn comes before the first of these; what is read through TLS needs another.
      setImmediate(() => setImmediate(() => reject(new Error(`No answer within ${Math.round(ms)} ms`))));
    }, ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
