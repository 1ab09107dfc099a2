/** What the system said about a file, without the path, which the sentence around it names: `ENOENT: no such file or directory`. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^(E[A-Z0-9]+: [^,]+), .*$/s, "$1");
}
