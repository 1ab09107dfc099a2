import type { FastifyInstance, HTTPMethods } from "fastify";

import { HttpProblem } from "../http-problem.ts";
import { sendProblem } from "./problem-answer.ts";

/** Which methods each path allows, so that every other method is refused with their names (RFC 9110, sections 9.3.7 and 15.5.6). */
export class MethodTable {
  readonly #app: FastifyInstance;
  readonly #paths = new Map<string, Set<string>>();

  /** Knows the routes that are registered from now on. */
  constructor(app: FastifyInstance) {
    this.#app = app;
    app.addHook("onRoute", ({ url, method }) => {
      const known = this.#paths.get(url) ?? new Set<string>();
      this.#paths.set(url, known);
      for (const one of typeof method === "string" ? [method] : method) known.add(one.toUpperCase());
    });
  }

  /** OPTIONS and refusals for all registered paths, except files: their paths are not known before they are requested. */
  registerRefusals(methods: ReadonlySet<string>): void {
    for (const [url, known] of [...this.#paths]) {
      if (url.includes("*")) continue;
      const allowed = [...known, ...(known.has("OPTIONS") ? [] : ["OPTIONS"])].toSorted().join(", ");
      const missing = [...methods].filter((method) => !known.has(method)) as HTTPMethods[];
      this.#app.route({
        method: missing,
        url,
        // Before the body is read, because its content does not matter.
        onRequest: async (request, reply) => {
          void reply.header("allow", allowed);
          const detail = `This path allows ${allowed}, not ${request.method}`;
          return request.method === "OPTIONS"
            ? reply.code(204).send()
            : sendProblem(request, reply, new HttpProblem("method_not_allowed", detail));
        },
        handler: () => null,
      });
    }
  }
}
