import "@sveltejs/kit";

declare global {
  namespace App {
    interface Error {
      message: string;
      /** A problem's stable code, where the API gave one. */
      code?: string;
    }
  }
}

export {};
