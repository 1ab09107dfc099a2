import { readFileSync } from "node:fs";

const NAMES = [
  "abandon-rewrite",
  "activate-version",
  "announce-events",
  "announce-owners",
  "announce-signal",
  "append-keyed-segments",
  "append-segments",
  "begin-rewrite",
  "carried-runs",
  "claim-job",
  "claim-shards",
  "clear-suspects",
  "confirm-owner",
  "copy-kept",
  "count-kept",
  "count-pages",
  "count-rewritten",
  "count-runs",
  "count-runs-of",
  "count-unfinished-by-semantics",
  "create-api-key",
  "create-endpoint",
  "create-project",
  "delete-endpoint",
  "delete-endpoints-of-workflow",
  "delete-rejections",
  "delete-workflow",
  "ensure-partitions",
  "export-segments",
  "find-active-version",
  "find-api-key",
  "find-default-range",
  "find-free-shards",
  "find-handed-delivery",
  "find-job",
  "find-kept-run",
  "find-next-timer",
  "find-oldest-unfinished",
  "find-route",
  "find-version",
  "find-workflow",
  "finish-rewrite",
  "follow-feed",
  "forget-rejections",
  "forget-rows",
  "forget-rows-of-gone",
  "heartbeat",
  "insert-delivery",
  "insert-job",
  "insert-key",
  "insert-message",
  "insert-rerun",
  "insert-signal",
  "insert-version",
  "join-owner",
  "list-api-keys",
  "list-endpoints",
  "list-failed-runs",
  "list-jobs",
  "list-partitions",
  "list-paused",
  "list-projects",
  "list-rejections",
  "list-rejections-of-endpoint",
  "list-reruns",
  "list-retention-days",
  "list-routes",
  "list-runs",
  "list-schedules",
  "list-shards",
  "list-suspects",
  "list-versions",
  "list-workflows",
  "load-timers",
  "load-unfinished",
  "lock-endpoint",
  "lock-project",
  "lock-workflow",
  "note-scheduled",
  "raise-revision",
  "raise-suspects",
  "read-announcements",
  "read-back-keys",
  "read-back-segments",
  "read-held-shards",
  "read-run",
  "read-signals",
  "read-suspects",
  "read-watermarks",
  "record-rejection",
  "release-all-shards",
  "release-shards",
  "remove-dead-owners",
  "remove-feeds",
  "remove-owner",
  "remove-schedule",
  "revoke-api-key",
  "rotate-endpoint",
  "save-draft",
  "save-job",
  "set-paused",
  "set-project",
  "set-schedule",
  "skip-schedule",
  "stop-job",
  "store-watermarks",
  "trim-announcements",
  "trim-rejections",
  "try-retention-lock",
  "update-endpoint",
  "update-project",
] as const;

/** The name of a file in sql/queries, without its extension. */
export type QueryName = (typeof NAMES)[number];

/** All query names, for tests that check every statement. */
export const QUERY_NAMES: readonly QueryName[] = NAMES;

/** One statement as `pg` takes it. The name makes it a prepared statement: parsed and planned once per connection. */
export interface Query {
  readonly name: string;
  readonly text: string;
}

/** All statements by name, read from sql/queries when this module is loaded. */
export const queries: { readonly [name in QueryName]: Query } = loadQueries();

function loadQueries(): { readonly [name in QueryName]: Query } {
  const entries = NAMES.map((name) => {
    const file = readFileSync(new URL(`../../sql/queries/${name}.sql`, import.meta.url), "utf8");
    return [name, { name, text: file.replace(/^(--.*\n)+/, "") }] as const;
  });
  return Object.fromEntries(entries) as { readonly [name in QueryName]: Query };
}
