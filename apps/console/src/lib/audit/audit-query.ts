/** What the page of the audit log asks for. */
export interface AuditFilter {
  readonly action?: string;
  readonly resource?: string;
  readonly cursor?: string;
}

const NAMES = ["action", "resource", "cursor"] as const;

/** The filter in the page's address; empty fields count as none. */
export function auditQuery(parameters: URLSearchParams): AuditFilter {
  const given = NAMES.flatMap((name) => {
    const value = parameters.get(name)?.trim() ?? "";
    return value === "" ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** The address of the next page under the same filter. */
export function nextAddress(filter: AuditFilter, cursor: string): string {
  return `/settings/audit?${new URLSearchParams({ ...filter, cursor }).toString()}`;
}
