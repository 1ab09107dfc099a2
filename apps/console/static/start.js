// What the page says until the console is drawn, and what it does when the console's own files cannot be had: it asks until the
// server is back, and then loads itself again.
const PAUSE_MS = { first: 1_000, last: 15_000 };
const TRIES = "meshhook.start-tries";

const isStarting = () => document.getElementById("starting") !== null;

const tell = () => {
  const place = document.getElementById("starting");
  if (place === null || place.dataset.fault !== undefined) return;
  place.dataset.fault = "";
  const [waiting, fault] = place.querySelectorAll("p");
  waiting.hidden = true;
  fault.hidden = false;
  const tries = Number(sessionStorage.getItem(TRIES) ?? 0);
  sessionStorage.setItem(TRIES, String(tries + 1));
  ask(Math.min(PAUSE_MS.last, PAUSE_MS.first * 2 ** tries));
};

/** @param {number} pauseMs */
const ask = (pauseMs) => {
  setTimeout(() => {
    fetch("/healthz", { cache: "no-store" }).then(
      ({ ok }) => (ok ? location.reload() : ask(Math.min(PAUSE_MS.last, pauseMs * 2))),
      () => ask(Math.min(PAUSE_MS.last, pauseMs * 2)),
    );
  }, pauseMs);
};

addEventListener("unhandledrejection", () => isStarting() && tell());
addEventListener("error", (event) => event.target instanceof HTMLScriptElement && isStarting() && tell(), true);
