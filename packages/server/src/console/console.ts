import { join, sep } from "node:path";

import fastifyStatic from "@fastify/static";
import { JournalUnavailable } from "@meshhook/journal";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import type { Handlers } from "../api/answered-route.ts";
import { sendProblem } from "../api/problem-answer.ts";
import type { Authenticator } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { CONSOLE_PAGES, type ConsolePage } from "./pages.ts";
import { AWAITED_PAGE } from "./awaited-page.ts";
import { contentSecurityPolicy } from "./content-policy.ts";
import { ShellFile } from "./shell.ts";

export interface ConsoleSources {
  /** The console as it was built: `shell.html`, `_app/immutable/…` with the files' hashes in their names, and whatever lies beside. */
  readonly directory: string;
  /** For a console that is being built: resolves with null when it is ready, or with the reason why it never will be. */
  readonly built?: Promise<string | null>;
  readonly handlers: Handlers;
  readonly authenticator: Authenticator;
}

/** The statuses of conditions and ranges: they describe a file that exists. */
const OF_CONDITIONS = new Set([412, 416]);
const SHELL = "shell.html";
const IMMUTABLE = join("_app", "immutable") + sep;
const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
};
const ASSET_POLICY = contentSecurityPolicy({});

/** Delivers the console: one document for all pages, and the files it asks for. */
export class Console {
  readonly #sources: ConsoleSources;
  readonly #shell: ShellFile;
  #absentBecause: string | null;
  #isAwaited: boolean;

  private constructor(sources: ConsoleSources, shell: ShellFile) {
    this.#sources = sources;
    this.#shell = shell;
    this.#isAwaited = sources.built !== undefined;
    this.#absentBecause = this.#isAwaited ? "it is being built" : null;
    void sources.built?.then((reason) => {
      this.#absentBecause = reason;
      this.#isAwaited = false;
    });
  }

  /** @throws Error  when the folder contains no console and none is being built. */
  static async open(sources: ConsoleSources): Promise<Console> {
    const shell = new ShellFile(join(sources.directory, SHELL));
    if (sources.built === undefined) await shell.read();
    return new Console(sources, shell);
  }

  /** Null when the console is ready. */
  get absentBecause(): string | null {
    return this.#absentBecause;
  }

  /** There is no console, and there will not be one. */
  get #isAbsent(): boolean {
    return this.#absentBecause !== null && !this.#isAwaited;
  }

  /** `overview`: what `/` answers to requests that do not ask for a page. */
  async register(app: FastifyInstance, overview: () => object): Promise<void> {
    for (const page of CONSOLE_PAGES) {
      app.route<{ Params: { readonly [name: string]: string } }>({
        method: ["GET", "HEAD"],
        url: page.path,
        handler: async (request, reply) => {
          if (page.path === "/" && (this.#isAbsent || !asksForHtml(request)))
            return reply.header("vary", "accept").send(overview());
          if (this.#isAbsent) return reply.callNotFound();
          if (!acceptsHtml(request)) return reply.callNotFound();
          return this.#send(request, reply, (await this.#isThere(page, request)) ? 200 : 404);
        },
      });
    }
    await app.register((scope) => this.#registerFiles(scope));
  }

  /** True for a person who typed or followed an address. Such a request gets a page even if nothing is there. */
  takesNotFound(request: FastifyRequest): boolean {
    if (this.#isAbsent) return false;
    const isForPeople = !request.url.startsWith("/api/") && !request.url.startsWith("/hooks/");
    return isForPeople && (request.method === "GET" || request.method === "HEAD") && asksForHtml(request);
  }

  sendNotFound(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return this.#send(request, reply, 404);
  }

  /** The answer was that the console is being built: nothing failed. */
  hasAskedToWait(reply: FastifyReply): boolean {
    return reply.getHeader("refresh") !== undefined;
  }

  async #send(request: FastifyRequest, reply: FastifyReply, status: 200 | 404): Promise<FastifyReply> {
    if (this.#isAwaited) {
      const { text, headers } = AWAITED_PAGE;
      return reply
        .code(503)
        .headers({ ...HEADERS, ...headers })
        .type("text/html; charset=utf-8")
        .send(text);
    }
    const { text, etag, policy } = await this.#shell.read();
    reply.headers({
      ...HEADERS,
      "content-security-policy": policy,
      "cache-control": status === 200 ? "no-cache" : "no-store",
      vary: "accept",
    });
    if (status === 200) {
      reply.header("etag", etag);
      if (request.headers["if-none-match"]?.includes(etag) === true) return reply.code(304).send();
    }
    return reply.code(status).type("text/html; charset=utf-8").send(text);
  }

  /** Without a session the page asks to sign in, and without a database it says so: both pages exist. */
  async #isThere(
    { read }: ConsolePage,
    request: FastifyRequest<{ Params: { readonly [name: string]: string } }>,
  ): Promise<boolean> {
    if (read === undefined) return true;
    const { authenticator, handlers } = this.#sources;
    try {
      await read(handlers, await authenticator.caller(request, { scope: "read" }), request.params);
      return true;
    } catch (error) {
      if (error instanceof HttpProblem) return error.code !== "not_found";
      if (error instanceof JournalUnavailable) return true;
      throw error;
    }
  }

  async #registerFiles(scope: FastifyInstance): Promise<void> {
    // A path that the file system cannot have, or that must not be read, is a path without a file.
    const answerError = scope.errorHandler;
    scope.setErrorHandler((error: Error & { readonly statusCode?: number }, request, reply) =>
      error.statusCode !== undefined && error.statusCode < 500 && !OF_CONDITIONS.has(error.statusCode)
        ? sendProblem(request, reply, new HttpProblem("not_found", "No file of the console has this path"))
        : answerError(error, request, reply),
    );
    await scope.register(fastifyStatic, {
      root: this.#sources.directory,
      decorateReply: false,
      index: false,
      dotfiles: "ignore",
      preCompressed: true,
      cacheControl: false,
      // The shell goes out as a page only, with its policy.
      allowedPath: (path) => path !== `/${SHELL}`,
      setHeaders: (reply, path) => {
        const isImmutable = path.includes(`${sep}${IMMUTABLE}`);
        reply.headers({
          ...HEADERS,
          "content-security-policy": ASSET_POLICY,
          "cache-control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
        });
      },
    });
  }
}

/** Browsers send it when somebody opens an address; programs accept anything. */
function asksForHtml(request: FastifyRequest): boolean {
  return request.headers.accept?.includes("text/html") === true;
}

function acceptsHtml(request: FastifyRequest): boolean {
  const { accept } = request.headers;
  return accept === undefined || /text\/(html|\*)|\*\/\*/.test(accept);
}
