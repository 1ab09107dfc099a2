import type { OpenRoute } from "../route-table.ts";
import { Refusal } from "./refusal.ts";
import { signatureFault } from "./signature.ts";

/** @throws Refusal  `signature_invalid`. The signature covers the bytes as sent: a compressed body is signed compressed. */
export function requireSignature(
  { secret, route }: OpenRoute,
  header: string | string[] | undefined,
  body: Buffer,
): void {
  if (secret === null && route.endpoint.signature === "none") return;
  const fault =
    secret === null
      ? "The endpoint has no secret"
      : signatureFault(secret, body, typeof header === "string" ? header : undefined);
  if (fault !== null) throw new Refusal("signature_invalid", fault);
}
