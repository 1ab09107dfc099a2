export type ReadFile = { readonly text: string } | { readonly fault: string };

/** The text of a chosen or dropped file, or why there is none. */
export async function readTextOf(file: File): Promise<ReadFile> {
  try {
    return { text: await file.text() };
  } catch {
    // Browsers refuse a file that was changed, moved or removed since it was chosen.
    return { fault: `${file.name} cannot be read: it was changed, moved or removed. Choose it again.` };
  }
}
