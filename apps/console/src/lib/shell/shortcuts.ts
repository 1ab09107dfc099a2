/** Every shortcut of the console by its action, in tinykeys' notation: `$mod` is Ctrl, or Cmd on a Mac. */
export const SHORTCUTS = {
  palette: "$mod+k",
  shortcuts: "Shift+?",
  filter: "/",
  "go.overview": "g o",
  "go.workflows": "g w",
  "go.runs": "g r",
  "go.deliveries": "g d",
  "go.benchmarks": "g b",
  "go.settings": "g s",
  "new.workflow": "g n",
} as const;

/** A shortcut in readable form: "Ctrl K", "g o". */
export function keysOf(shortcut: string, isMac: boolean): readonly string[] {
  return shortcut.split(" ").flatMap((press) => {
    const parts = press.split("+").filter((part) => part !== "");
    // A character that needs Shift on most keyboards is written by itself.
    if (parts[0] === "Shift" && parts[1]?.length === 1 && !/[a-z]/i.test(parts[1])) return [parts[1]];
    return parts.map((part) =>
      part === "$mod" ? (isMac ? "⌘" : "Ctrl") : part.length === 1 && parts.length > 1 ? part.toUpperCase() : part,
    );
  });
}
