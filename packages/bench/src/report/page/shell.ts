import { html, Html } from "../html.ts";
import { styleSheet } from "./style.ts";

const doctype = new Html("<!doctype html>\n");

/**
 * A page that needs nothing but itself: no script, no network, light and dark, for screen and print. Its own policy forbids scripts and
 * requests besides.
 *
 * @param skip  What the first link leads to, as in "Skip to the verdict".
 */
export function page(parts: {
  readonly title: string;
  readonly skip: string;
  readonly top: Html;
  readonly contents: Html;
  readonly main: Html;
}): string {
  return html`${doctype}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        />
        <link rel="icon" href="data:," />
        <title>${parts.title}</title>
        <style>
          ${styleSheet()}
        </style>
      </head>
      <body>
        <a class="skip" href="#content">${parts.skip}</a>
        ${parts.top}
        <div class="frame">
          ${parts.contents}
          <main id="content">${parts.main}</main>
        </div>
      </body>
    </html> `.text.replaceAll(INDENTATION, "\n");
}

/** A tenth of a page, and of no use in it. */
const INDENTATION = /\n\s+/g;
