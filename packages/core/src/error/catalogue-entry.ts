/** A stable code for people and programs. Codes are never reused for another meaning. */
export interface CatalogueEntry {
  readonly meaning: string;
  readonly remedy: string;
}
