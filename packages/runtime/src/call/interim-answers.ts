import type { Socket } from "node:net";

interface AnswerParser {
  onHeadersComplete: (status: number, upgrade: boolean, shouldKeepAlive: boolean) => number;
}

/**
 * Makes undici skip an unsolicited `100 Continue`, as it skips every other interim answer.
 *
 * RFC 9110 15.2: a client must be able to parse interim answers even if it expects none, and proxies that once saw an `Expect` send
 * them. undici (8.12.4) takes 100 alone for a broken answer and has no option for it, so its parser is shown 102 instead. The parser
 * is found by the description of its symbol; a version that keeps it elsewhere fails the test of the same name.
 */
export function skipContinue(socket: Socket): void {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "parser");
  const parser = key === undefined ? undefined : (socket as unknown as { [key]?: AnswerParser })[key];
  if (parser === undefined) return;
  const complete = parser.onHeadersComplete;
  parser.onHeadersComplete = (status, upgrade, shouldKeepAlive) =>
    complete.call(parser, status === 100 ? 102 : status, upgrade, shouldKeepAlive);
}
