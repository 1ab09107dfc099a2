import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { CERTIFICATE, PRIVATE_KEY } from "@meshhook/testkit";
import { expect, test } from "vitest";
import { Outcome } from "../ledger.ts";
import { Connection } from "./connection.ts";

/** What a request over an encrypted connection ended with. */
async function sendTo(port: number): Promise<number> {
  return new Promise((resolve) => {
    const connection = new Connection(
      { host: "127.0.0.1", port, isTls: true },
      { sent: () => undefined, closed: () => undefined, answered: (_connection, _n, outcome) => resolve(outcome) },
    );
    connection.send(0, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}", 0);
  });
}

test("an encrypted connection carries requests, and only to a server whose certificate is known", async () => {
  const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (request, response) => {
    request.resume().on("end", () => response.writeHead(202).end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const known = getCACertificates("default");
  expect(await sendTo(port)).toBe(Outcome.refused);
  setDefaultCACertificates([...known, CERTIFICATE]);
  try {
    expect(await sendTo(port)).toBe(202);
  } finally {
    setDefaultCACertificates(known);
    server.closeAllConnections();
    server.close();
  }
});
