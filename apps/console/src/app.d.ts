import "@sveltejs/kit";

import type { RouteOutput } from "@meshhook/contract";

declare global {
  namespace App {
    interface PageData {
      /** Who is signed in, on every page except the sign-in page. */
      session?: RouteOutput<"getSession">;
    }
    interface Error {
      message: string;
      /** A problem's stable code, if the API gave one. */
      code?: string;
    }
  }
}

export {};
