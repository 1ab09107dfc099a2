/** The time, for "3 minutes ago": updated every five seconds, once for the whole page. */
class Clock {
  now = $state(Date.now());

  constructor() {
    if (typeof window !== "undefined") setInterval(() => (this.now = Date.now()), 5_000);
  }
}

export const clock = new Clock();
