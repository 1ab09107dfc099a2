import type { SignatureKind, SignatureSettings } from "@meshhook/contract";
import { expect, it } from "vitest";

import { fieldTexts, settingsFrom } from "./signature-form.ts";

it.each([
  ["stripe", {}],
  ["stripe", { toleranceS: 60 }],
  ["twilio", { url: "https://a.example/hook" }],
  ["hmac", { toleranceS: 10, hmac: { header: "x-s", signed: "{timestamp}\n{body}", timestampHeader: "x-t" } }],
  ["jwt", { jwt: { algorithms: ["RS256", "ES256"], jwksUrl: "https://a.example/keys", maxAgeS: 60 } }],
] satisfies [SignatureKind, SignatureSettings][])("the fields of %s show %j and give it back", (kind, settings) => {
  expect(settingsFrom(kind, fieldTexts(kind, settings))).toEqual(settings);
});

it("leaves it to the server to judge what is not a number", () => {
  expect(settingsFrom("slack", { toleranceS: "five" })).toEqual({ toleranceS: "five" });
  expect(settingsFrom("hmac", { "hmac.header": " x-s ", "hmac.prefix": "" })).toEqual({ hmac: { header: "x-s" } });
});
