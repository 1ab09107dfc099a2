import { contentSecurityPolicy } from "./content-policy.ts";

const LOOK_S = 2;

/** The console's own colours; its style sheet is not built yet. */
const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1rem; box-sizing: border-box;
    background: light-dark(#ffffff, #101418); color: light-dark(#16202b, #e6ebf0); }
  main { max-width: 32rem; }
  h1 { font-size: 1.5rem; margin: 0 0 0.5rem; }
  p { margin: 0.5rem 0; }
  a { color: light-dark(#0a5cad, #79b8ff); }
`;

/** What every page says while the console is being built. It loads itself again until the console is there. */
export const AWAITED_PAGE = {
  text: `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <title>Building the console… · MeshHook</title>
  <style>${STYLE}</style>
  <main>
    <h1>Building the console…</h1>
    <p>This takes about 15 seconds, and only after the console's sources have changed. This page opens by itself when the console is ready.</p>
    <p>Webhooks, the API and the command line already work: see the <a href="/docs">API reference</a>.</p>
  </main>
</html>
`,
  headers: {
    "content-security-policy": contentSecurityPolicy({ styles: [STYLE] }),
    "cache-control": "no-store",
    "retry-after": String(LOOK_S),
    refresh: String(LOOK_S),
  },
} as const;
