import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";

// Whoever builds while a server serves names another folder and renames it afterwards.
const directory = process.env["MESHHOOK_CONSOLE_BUILD"] ?? "build";
// The same sources give the same files: without a name given, a version would be the time of the build.
const name = process.env["MESHHOOK_CONSOLE_VERSION"] ?? "development";

/**
 * SvelteKit hides its announcer of page titles by an inline style, which the server's policy forbids; a class does the same. The
 * plugin complains when a new version of SvelteKit no longer looks like that.
 */
const hiddenAnnouncer: Plugin = {
  name: "hidden-announcer",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/@sveltejs/kit/src/runtime/components/root.svelte")) return null;
    const hidden = code.replace(/(id="svelte-announcer"[^>]*?)style="[^"]*"/, '$1class="sr-only"');
    if (hidden === code) this.error("SvelteKit's announcer has changed: see hiddenAnnouncer in vite.config.ts");
    return { code: hidden, map: null };
  },
};

export default defineConfig({
  plugins: [
    hiddenAnnouncer,
    tailwindcss(),
    sveltekit({
      // One shell for every address: pages are drawn in the browser from the API, so the server runs no second program.
      adapter: adapter({ pages: directory, assets: directory, fallback: "shell.html", precompress: true }),
      version: { name, pollInterval: 60_000 },
    }),
  ],
  // `npm run dev -w apps/console` beside `npm start`.
  server: { proxy: { "/api": "http://127.0.0.1:3000", "/hooks": "http://127.0.0.1:3000" } },
});
