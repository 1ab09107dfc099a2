/** How many characters of JSON are written before other work gets its turn: a few milliseconds. */
const SLICE_CHARACTERS = 1_048_576;

/**
 * Writes an answer as JSON, the elements of its lists one by one, because writing a run with the outputs of hundreds of steps in one go
 * would block everything else.
 *
 * @returns The pieces, to be sent one after the other.
 */
export async function jsonPieces(answer: object): Promise<readonly string[]> {
  const pieces: string[] = [];
  let text = "{";
  let separator = "";
  const cutIfLong = async (): Promise<void> => {
    if (text.length < SLICE_CHARACTERS) return;
    pieces.push(text);
    text = "";
    await new Promise(setImmediate);
  };
  for (const [name, value] of Object.entries(answer) as [string, unknown][]) {
    if (value === undefined) continue;
    text += `${separator}${JSON.stringify(name)}:`;
    separator = ",";
    if (!Array.isArray(value)) {
      text += JSON.stringify(value);
      continue;
    }
    text += "[";
    for (const [at, element] of (value as unknown[]).entries()) {
      text += `${at === 0 ? "" : ","}${JSON.stringify(element)}`;
      await cutIfLong();
    }
    text += "]";
  }
  pieces.push(`${text}}`);
  return pieces;
}
