// The package ships no types; this is the part that the benchmark uses.
declare module "pg-copy-streams" {
  import type { Writable } from "node:stream";
  import type { Submittable } from "pg";

  /** `client.query(from("copy … from stdin"))` gives a stream to write rows to; `finish` comes after the server's answer. */
  export function from(command: string): Writable & Submittable;
}
