import { html } from "../html.ts";
import type { Html } from "../html.ts";

/** Name, what the page is about, and the choice of a theme. */
export function topBar(about: string): Html {
  return html`<header class="top">
    <div class="top-inner">
      <span class="brand"
        ><svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 18V8a4 4 0 0 1 8 0v8a4 4 0 0 0 8 0V6" />
          <circle cx="4" cy="19" r="2" />
          <circle cx="20" cy="5" r="2" /></svg
        >MeshHook <span class="muted">benchmark</span></span
      >
      <span class="muted top-suite">${about}</span>
      <fieldset class="theme">
        <legend>Theme</legend>
        ${[
          ["auto", "Auto"],
          ["light", "Light"],
          ["dark", "Dark"],
        ].map(
          ([id, label]) =>
            html`<label
              ><input
                type="radio"
                name="theme"
                id="theme-${id ?? ""}"
                ${id === "auto" ? html` checked` : null}
              />${label ?? ""}</label
            >`,
        )}
      </fieldset>
    </div>
  </header>`;
}
