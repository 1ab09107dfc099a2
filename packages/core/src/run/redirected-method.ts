/**
 * The method of the request that follows a redirect.
 *
 * 303 turns every method but HEAD into GET, and 301 and 302 turn POST into GET, as browsers and RFC 9110 15.4 have it. Where the method
 * changes, the target has taken the request, and the rest only fetches its answer.
 *
 * @param method  In upper case.
 */
export function redirectedMethod<Method extends string>(method: Method, status: number): Method | "GET" {
  const becomesGet = (status === 303 && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");
  return becomesGet ? "GET" : method;
}
