/** The look of text fields, selects and text areas. */
export const CONTROL =
  "w-full rounded-md border border-edge-strong bg-page px-2.5 py-1.5 text-sm text-ink aria-[invalid=true]:border-bad disabled:opacity-60";
