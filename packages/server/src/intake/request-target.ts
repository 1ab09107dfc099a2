/** RFC 9110, section 4.2: the schemes of HTTP and an authority. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;
const UNRESERVED = /%(?:2d|2e|5f|7e|3[0-9]|[46][1-9a-f]|[57][0-9a])/gi;

/**
 * The path and query of a request target in one spelling. The authority of an absolute form is left out (RFC 9112, section 3.2.2), and
 * unreserved characters of the path are decoded (RFC 3986, section 6.2.2.2), except dots, which would turn a name into a step.
 */
export function plainTarget(target: string): string {
  const origin = target.charCodeAt(0) === SLASH ? target : originFormOf(target);
  if (!origin.includes("%")) return origin;
  const queryAt = origin.indexOf("?");
  const path = queryAt === -1 ? origin : origin.slice(0, queryAt);
  if (!path.includes("%")) return origin;
  const plain = path.replace(UNRESERVED, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return character === "." ? code : character;
  });
  return queryAt === -1 ? plain : plain + origin.slice(queryAt);
}

const SLASH = 0x2f;

function originFormOf(target: string): string {
  const authority = ABSOLUTE_FORM.exec(target)?.[0];
  if (authority === undefined) return target;
  const rest = target.slice(authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
