import { contentSecurityPolicy } from "../console/content-policy.ts";

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1rem; box-sizing: border-box;
    background: light-dark(#ffffff, #101418); color: light-dark(#16202b, #e6ebf0); }
  main { max-width: 32rem; overflow-wrap: anywhere; }
  h1 { font-size: 1.5rem; margin: 0 0 0.5rem; }
  p { margin: 0.5rem 0; }
  code { font-family: ui-monospace, monospace; }
  button { font: inherit; margin-top: 1rem; padding: 0.5rem 1.25rem; border: 0; border-radius: 0.375rem;
    background: light-dark(#0a5cad, #79b8ff); color: light-dark(#ffffff, #101418); cursor: pointer; }
`;

/** Nothing of the page is loaded from elsewhere, it is stored nowhere, and no page behind it learns its address, which is a secret. */
export const LINK_HEADERS = {
  "content-security-policy": contentSecurityPolicy({ styles: [STYLE] }),
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex",
} as const;

/**
 * A page with one thing to say, and possibly one thing to do.
 *
 * @param button  Sends the form to the page's own address. Opening the page does nothing, because mail scanners open links.
 */
export function linkPage(title: string, lines: readonly string[], button: string | null): string {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <title>${escaped(title)} · MeshHook</title>
  <style>${STYLE}</style>
  <main>
    <h1>${escaped(title)}</h1>
${lines.map((line) => `    <p>${escaped(line)}</p>`).join("\n")}
${button === null ? "" : `    <form method="post"><button type="submit">${escaped(button)}</button></form>\n`}  </main>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
