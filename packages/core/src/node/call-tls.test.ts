import { describe, expect, it } from "vitest";

import { validateDefinition } from "../definition/validate.ts";
import type { Issue } from "../error/issue.ts";
import type { JsonObject } from "../json.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";

function issuesOf(tls: JsonObject, url = "https://bank.example/pay"): readonly Issue[] {
  const validated = validateDefinition({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "flow",
    nodes: { hook: { type: "webhook@1", config: {} }, send: { type: "http_call@1", config: { url, tls } } },
    edges: [{ from: "hook", to: "send" }],
  });
  return "issues" in validated ? validated.issues : [];
}

describe("TLS settings of a call", () => {
  it("are secrets by reference, and certificates as they are", () => {
    expect(issuesOf({ ca: PEM, certificate: "{{ secrets.CERT }}", key: "{{secrets.KEY}}" })).toEqual([]);
  });

  it.each([
    [{ ca: "bank" }, "/nodes/send/config/tls/ca", "neither a certificate in PEM nor"],
    [{ certificate: PEM }, "/nodes/send/config/tls/certificate", "belong together"],
    [{ key: "{{ secrets.KEY }}" }, "/nodes/send/config/tls/key", "belong together"],
    [{ certificate: PEM, key: "{{ input.key }}" }, "/nodes/send/config/tls/key", "not the reference of a secret"],
    [{ passphrase: "{{ secrets.PASS }}" }, "/nodes/send/config/tls/passphrase", "no private key"],
  ])("%j are refused at their place", (tls, path, message) => {
    expect(issuesOf(tls)).toMatchObject([{ path, message: expect.stringContaining(message) as unknown }]);
  });

  it("need a URL that begins with https:", () => {
    expect(issuesOf({ ca: PEM }, "http://bank.example/")).toMatchObject([{ path: "/nodes/send/config/tls" }]);
  });
});
