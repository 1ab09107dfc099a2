import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

// Whoever builds while a server serves names another folder and renames it afterwards.
const directory = process.env["MESHHOOK_CONSOLE_BUILD"] ?? "build";
// The same sources give the same files: without a name given, a version would be the time of the build.
const name = process.env["MESHHOOK_CONSOLE_VERSION"] ?? "development";

export default defineConfig({
  plugins: [
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
