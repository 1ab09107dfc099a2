// What a page is made from is asked for while the console's own files still come: together they take as long as the slower of the two.
// `api.ts` takes these answers in place of its own first requests for the same addresses.
const HEADERS = { accept: "application/json" };

/** @param {Promise<Response>} answer */
const keep = (path, answer) => {
  // Whoever takes it hears of a failure; nobody may.
  answer.catch(() => undefined);
  globalThis.meshhookEarly.set(path, answer);
};

if (location.pathname !== "/sign-in") {
  globalThis.meshhookEarly = new Map();
  const session = fetch("/api/v1/session", { headers: HEADERS });
  keep("/api/v1/session", session);
  const run = /^\/runs\/([\w-]{1,64})\/?$/.exec(location.pathname);
  // Without a session they would be refused too, so the one refusal stands for all.
  const ask = (path) =>
    keep(
      path,
      session.then((answer) => (answer.ok ? fetch(path, { headers: HEADERS }) : answer.clone())),
    );
  if (run !== null) [`/api/v1/runs/${run[1]}?outputs=false`, `/api/v1/runs/${run[1]}/facts`].forEach(ask);
}
