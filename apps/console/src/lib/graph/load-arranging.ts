import { arrangeWith, type Arrange } from "./positions.ts";

/**
 * Loads the code that arranges whole graphs. It is large, and most drawings do not need it, because they come with their
 * positions.
 */
export async function loadArranging(): Promise<Arrange> {
  const { arrangeAll } = await import("./layout.ts");
  arrangeWith(arrangeAll);
  return arrangeAll;
}
