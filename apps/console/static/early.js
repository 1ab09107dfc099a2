// What a page is made from is asked for while the console's own files still come: together they take as long as the slower of the two.
// `api.ts` takes these answers in place of its own first requests for the same addresses.
if (location.pathname !== "/sign-in") {
  const options = { headers: { accept: "application/json" } };
  const session = fetch("/api/v1/session", options);
  const answers = new Map([["/api/v1/session", session]]);
  const run = /^\/runs\/([\w-]{1,64})\/?$/.exec(location.pathname);
  if (run !== null) {
    for (const path of [`/api/v1/runs/${run[1]}?outputs=false`, `/api/v1/runs/${run[1]}/facts`]) {
      // Without a session they would be refused too, so the one refusal stands for all.
      answers.set(
        path,
        session.then((answer) => (answer.ok ? fetch(path, options) : answer.clone())),
      );
    }
  }
  // Whoever takes one hears of a failure; nobody may.
  for (const answer of answers.values()) answer.catch(() => undefined);
  globalThis.meshhookEarly = answers;
}
