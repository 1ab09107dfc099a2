import type { Socket } from "node:net";

/** The part of undici's parser that is touched here. */
interface AnswerParser {
  readonly ptr: number;
  readonly llhttp: { readonly llhttp_set_lenient_keep_alive: (parser: number, isLenient: 0 | 1) => void };
  onHeadersComplete: (status: number, upgrade: boolean, shouldKeepAlive: boolean) => number;
}

/**
 * Makes undici skip an unsolicited `100 Continue`, as it skips every other interim answer.
 *
 * RFC 9110 15.2: a client must be able to parse interim answers even if it expects none, and proxies that once saw an `Expect` send
 * them. undici (8.12.4) takes 100 alone for a broken answer and has no option for it, so its parser is shown 102 instead. And llhttp
 * takes nothing after an interim answer of HTTP/1.0, or one with `Connection: close`, though the answer itself follows. The parser is
 * found by the description of its symbol; a version that keeps it elsewhere fails the tests of interim answers.
 */
export function skipContinue(socket: Socket): void {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "parser");
  const parser = key === undefined ? undefined : (socket as unknown as { [key]?: AnswerParser })[key];
  if (parser === undefined) return;
  const complete = parser.onHeadersComplete;
  let isInterim = false;
  parser.onHeadersComplete = (status, upgrade, shouldKeepAlive) => {
    if (status < 200 !== isInterim) {
      isInterim = !isInterim;
      parser.llhttp.llhttp_set_lenient_keep_alive(parser.ptr, isInterim ? 1 : 0);
    }
    return complete.call(parser, status === 100 ? 102 : status, upgrade, shouldKeepAlive);
  };
}
