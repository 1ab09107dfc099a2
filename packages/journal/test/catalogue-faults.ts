import type { Client } from "pg";

/**
 * Keys of tables that tenants write to which do not contain the project. Whoever may write to one learns whether a value is taken, by
 * whichever project; these values cannot be guessed.
 */
const KEYS_WITHOUT_PROJECT: { readonly [name: string]: string } = {
  alert_channels_pkey: "an id with 74 random bits",
  alert_messages_pkey: "an id with 74 random bits",
  alert_rules_pkey: "an id with 74 random bits",
  api_keys_hash_unique: "a hash of 256 random bits",
  api_keys_pkey: "an id with 74 random bits",
  endpoints_pkey: "an id with 74 random bits",
  endpoints_token_unique: "a token with 144 random bits",
  erasures_pkey: "the id of a run, with 62 random bits",
  jobs_pkey: "an id that is derived from the project and the idempotency key",
  rejections_pkey: "an id with 74 random bits",
  reruns_pkey: "the id of a run, with 62 random bits",
  schedules_pkey: "the id of a workflow, with 74 random bits",
  secrets_pkey: "an id with 74 random bits",
  versions_document_unique: "the id of a workflow, with 74 random bits",
  versions_number_unique: "the id of a workflow, with 74 random bits",
  versions_pkey: "an id with 74 random bits",
  workflows_pkey: "an id with 74 random bits",
};

/** Foreign keys of what tenants write to that do not contain the project. */
const REFERENCES_WITHOUT_PROJECT: { readonly [name: string]: string } = {
  members_organisation_exists: "the policy admits the project's own organisation alone",
  members_user_exists: "users belong to the installation; an id has 74 random bits",
};

/** A condition that holds for rows of one project, or of the projects of one person. */
const TENANT_CONDITION = "(current_project_id\\(\\)|own_project_ids\\(\\))";

/**
 * What in schema meshhook could let one project see, change or find out something of another, one line each; empty: nothing.
 *
 * It reads the server's own catalogue, so that whatever a migration adds is looked at, and so are partitions made at run time.
 */
export async function catalogueFaults(client: Client): Promise<readonly string[]> {
  const found: string[] = [];
  for (const rule of RULES) {
    const { rows } = await client.query<{ fault: string }>(rule);
    found.push(...rows.map(({ fault }) => fault));
  }
  const keys = await client.query<{ kind: string; name: string; on: string }>(KEYS);
  for (const { kind, name, on } of keys.rows)
    if (!Object.hasOwn({ ...KEYS_WITHOUT_PROJECT, ...REFERENCES_WITHOUT_PROJECT }, name))
      found.push(`${on}: the ${kind} key ${name} does not contain the project`);
  return found;
}

const RULES: readonly string[] = [
  // Tables and partitions.
  `select tables.relname || ': row-level security is not ' || case when tables.relrowsecurity then 'forced' else 'on' end as fault
   from pg_class as tables
   where tables.relnamespace = 'meshhook'::regnamespace and tables.relkind in ('r', 'p')
     and not (tables.relrowsecurity and tables.relforcerowsecurity)`,

  `select tables.relname || ': the engine has no policy' as fault
   from pg_class as tables
   where tables.relnamespace = 'meshhook'::regnamespace and tables.relkind in ('r', 'p')
     and not exists (
       select from pg_policies as policies
       where policies.schemaname = 'meshhook' and policies.tablename = tables.relname and policies.roles = '{meshhook_engine}')`,

  `select tables.relname || ': has rows of projects, or rights for tenants, and no policy for tenants' as fault
   from pg_class as tables
   where tables.relnamespace = 'meshhook'::regnamespace and tables.relkind in ('r', 'p')
     and (has_any_column_privilege('meshhook_tenant', tables.oid, 'select,insert,update')
       or has_table_privilege('meshhook_tenant', tables.oid, 'delete,truncate,references,trigger')
       or exists (select from pg_attribute as columns where columns.attrelid = tables.oid and columns.attname = 'project_id' and not columns.attisdropped))
     and not exists (
       select from pg_policies as policies
       where policies.schemaname = 'meshhook' and policies.tablename = tables.relname and policies.roles = '{meshhook_tenant}')`,

  `select tables.relname || ': a partition gives tenants rights of its own' as fault
   from pg_class as tables
   where tables.relnamespace = 'meshhook'::regnamespace and tables.relispartition
     and has_any_column_privilege('meshhook_tenant', tables.oid, 'select,insert,update')`,

  `select others.relname || ': is neither a table, an index nor a view' as fault
   from pg_class as others
   where others.relnamespace = 'meshhook'::regnamespace and others.relkind not in ('r', 'p', 'i', 'I', 'v')`,

  // Policies that give something; restrictive ones only take.
  `select policies.tablename || ': the policy ' || policies.policyname || ' is for ' || array_to_string(policies.roles, ', ') as fault
   from pg_policies as policies
   where policies.schemaname = 'meshhook' and policies.permissive = 'PERMISSIVE'
     and not policies.roles <@ array[
       'meshhook_engine', 'meshhook_tenant', 'authenticated',
       (select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'meshhook')]::name[]`,

  `select policies.tablename || ': the policy ' || policies.policyname || ' lacks ' ||
     case when policies.qual is null then 'using' else 'with check' end as fault
   from pg_policies as policies
   where policies.schemaname = 'meshhook' and policies.permissive = 'PERMISSIVE'
     and ((policies.qual is null and policies.cmd <> 'INSERT')
       or (policies.with_check is null and policies.cmd in ('ALL', 'INSERT', 'UPDATE')))`,

  `select policies.tablename || ': the policy ' || policies.policyname || ' does not ask for the project' as fault
   from pg_policies as policies
   where policies.schemaname = 'meshhook' and policies.roles && '{meshhook_tenant,authenticated}'
     and (policies.qual !~ '${TENANT_CONDITION}' or coalesce(policies.with_check, policies.qual) !~ '${TENANT_CONDITION}')`,

  // Views and functions.
  `select views.relname || ': the view does not use the rights of who reads it' as fault
   from pg_class as views
   where views.relnamespace = 'meshhook'::regnamespace and views.relkind = 'v'
     and 'security_invoker=true' <> all (coalesce(views.reloptions, '{}'))`,

  `select functions.oid::regprocedure || ': runs with its owner''s rights and does not pin its search path' as fault
   from pg_proc as functions
   where functions.pronamespace = 'meshhook'::regnamespace and functions.prosecdef
     and 'search_path=""' <> all (coalesce(functions.proconfig, '{}'))`,

  `select functions.oid::regprocedure || ': runs with its owner''s rights, and tenants may call it' as fault
   from pg_proc as functions
   where functions.pronamespace = 'meshhook'::regnamespace and functions.prosecdef
     and has_function_privilege('meshhook_tenant', functions.oid, 'execute')
     -- Answers about the person and the project of the transaction, whose members a tenant may read.
     and functions.oid::regprocedure::text !~ '^(meshhook\\.)?may\\(text\\)$'`,

  // Rights.
  `select things.name || ': ' || grants.privilege_type || ' is granted to ' ||
     case grants.grantee when 0 then 'everybody' else pg_get_userbyid(grants.grantee) end as fault
   from (
     select relname::text, relowner, coalesce(relacl, acldefault('r', relowner)) from pg_class
     where relnamespace = 'meshhook'::regnamespace and relkind in ('r', 'p', 'v')
     union all
     select relname || '.' || attname, relowner, attacl from pg_attribute
     join pg_class on pg_class.oid = attrelid where relnamespace = 'meshhook'::regnamespace and attacl is not null
     union all
     select oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner)) from pg_proc
     where pronamespace = 'meshhook'::regnamespace
     union all
     select 'the schema', nspowner, coalesce(nspacl, acldefault('n', nspowner)) from pg_namespace where nspname = 'meshhook'
   ) as things (name, owner, acl)
   cross join aclexplode(things.acl) as grants
   where grants.grantee <> things.owner
     and (grants.grantee = 0 or pg_get_userbyid(grants.grantee) not in ('meshhook_engine', 'meshhook_tenant', 'authenticated'))`,

  `select roles.rolname || ': the role is not a plain one' as fault
   from pg_roles as roles
   where roles.rolname in ('meshhook_engine', 'meshhook_tenant')
     and (roles.rolsuper or roles.rolbypassrls or roles.rolcanlogin or roles.rolcreaterole or roles.rolcreatedb or roles.rolinherit
       or exists (select from pg_auth_members as members where members.member = roles.oid)
       or exists (select from pg_class where relowner = roles.oid)
       or exists (select from pg_proc where proowner = roles.oid))`,
];

/** Unique and foreign keys with columns that tenants may write, without the project. Both are checked without row-level security. */
const KEYS = `
select keys.kind, keys.name, tables.relname as on
from (
  select 'unique', indexes.relname, keys.indrelid, keys.indkey::int2[]
  from pg_index as keys
  join pg_class as indexes on indexes.oid = keys.indexrelid
  where keys.indisunique
  union all
  select 'foreign', conname, conrelid, conkey from pg_constraint where contype = 'f' and conparentid = 0
) as keys (kind, name, relation, numbers)
join pg_class as tables on tables.oid = keys.relation
where tables.relnamespace = 'meshhook'::regnamespace and not tables.relispartition
  and exists (
    select from unnest(keys.numbers) as numbers (number)
    where number <> 0
      and (has_column_privilege('meshhook_tenant', tables.oid, number, 'insert')
        or has_column_privilege('meshhook_tenant', tables.oid, number, 'update')))
  and not exists (
    select from pg_attribute as columns
    where columns.attrelid = tables.oid and columns.attname = 'project_id' and columns.attnum = any (keys.numbers))
order by tables.relname, keys.name`;
