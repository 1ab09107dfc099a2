/** Values that stay in this browser, whatever their size (IndexedDB). A browser may refuse to store them, and nothing depends on them. */

const DATABASE = "meshhook";
const TABLE = "builder";

/** Null when there is nothing, or the browser refused. Another version of this page may have written it. */
export async function readStored(key: string): Promise<unknown> {
  try {
    return (await inTable("readonly", (table) => table.get(key))) ?? null;
  } catch {
    return null;
  }
}

/** False when the browser refused. */
export async function writeStored(key: string, value: unknown): Promise<boolean> {
  try {
    await inTable("readwrite", (table) => (value === null ? table.delete(key) : table.put(value, key)));
    return true;
  } catch {
    return false;
  }
}

async function inTable(mode: IDBTransactionMode, act: (table: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await opened();
  try {
    return await settled(act(database.transaction(TABLE, mode).objectStore(TABLE)));
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener("upgradeneeded", () => void request.result.createObjectStore(TABLE));
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("The browser's store failed")));
  });
}
