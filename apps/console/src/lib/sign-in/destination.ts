/** Where a person goes after signing in. Only addresses of this console: a link must not lead to somebody else's page through here. */
export function destination(next: string | null, origin: string): string {
  const target = URL.canParse(next ?? "/", origin) ? new URL(next ?? "/", origin) : null;
  return target !== null && target.origin === origin ? target.pathname + target.search : "/";
}
