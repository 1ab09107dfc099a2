/** Gives a text to the browser as a file to save. */
export function downloadText(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // By the next task, the download has its own reference to the data.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
