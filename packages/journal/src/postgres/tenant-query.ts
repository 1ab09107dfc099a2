import { Query, type Pool, type QueryResult, type QueryResultRow } from "pg";

/** How the driver sends a statement and hears its end; its types leave both out. */
interface SentQuery {
  prepare(connection: SendingConnection): void;
  handleCommandComplete(message: object, connection: SendingConnection): void;
}

interface SendingConnection {
  bind(bound: { readonly portal: string; readonly statement: string; readonly values: readonly string[] }): void;
  execute(executed: { readonly portal: string }): void;
}

/** For whom a statement is done: it sees the project's rows, and the database asks for the role of the person, if one acts. */
export interface Tenant {
  readonly projectId: string;
  /** Empty: a key, or MeshHook itself. */
  readonly userId: string;
}

interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

const DriverQuery = Query as unknown as new (statement: Statement) => Query & SentQuery;

const NAME = "as_tenant";

/**
 * Prepares, in a session, the statement that makes the rest of a transaction that of a tenant. It gives no row, and so no column either:
 * what follows is all that the driver sees of the answer.
 */
export const PREPARE_AS_TENANT = `prepare ${NAME} (text, text) as
  select
  where set_config('role', 'meshhook_tenant', true) is null
    or set_config('meshhook.project_id', $1, true) is null
    or set_config('meshhook.user_id', $2, true) is null`;

/**
 * One statement that sees and changes nothing but the rows of a project, in one round trip: role, project and person are set in front of it, and
 * one Sync after both makes them one transaction, at whose end they are what they were. Nothing of them can stay behind in the session.
 */
class TenantQuery extends DriverQuery {
  readonly #tenant: Tenant;
  #isTenant = false;

  constructor(tenant: Tenant, statement: Statement) {
    super(statement);
    this.#tenant = tenant;
  }

  override prepare(connection: SendingConnection): void {
    const { projectId, userId } = this.#tenant;
    connection.bind({ portal: "", statement: NAME, values: [projectId, userId] });
    connection.execute({ portal: "" });
    super.prepare(connection);
  }

  override handleCommandComplete(message: object, connection: SendingConnection): void {
    if (this.#isTenant) super.handleCommandComplete(message, connection);
    this.#isTenant = true;
  }
}

/** Sends a statement of a tenant on a connection of the pool, whose sessions have prepared `PREPARE_AS_TENANT`. */
export function queryAsTenant<R extends QueryResultRow>(
  pool: Pool,
  tenant: Tenant,
  { name, text }: Omit<Statement, "values">,
  values: readonly unknown[],
): Promise<QueryResult<R>> {
  // Under a name of its own: the server plans a prepared statement anew whenever another role than before executes it.
  const query = new TenantQuery(tenant, { name: `tenant:${name}`, text, values: [...values] });
  return new Promise((resolve, reject) => {
    const onEnd = (error: Error | null | undefined, result: QueryResult<R>): void =>
      error === null || error === undefined ? resolve(result) : reject(error);
    // The driver takes a callback with anything that can be submitted; its types know the promise alone.
    (pool.query as (query: Query, values: undefined, onEnd: unknown) => void).call(pool, query, undefined, onEnd);
  });
}
