import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as tls from "node:tls";

import { CommandError } from "../exit-codes.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Trusts the issuers in a file for every connection that this process opens, in addition to those that Node trusts.
 *
 * @throws CommandError  says which certificate cannot be used.
 */
export async function trustIssuersIn(path: string): Promise<void> {
  // Node 22 has it from 22.19 on; everything else runs with 22.18 too.
  if (typeof (tls as Partial<typeof tls>).setDefaultCACertificates !== "function")
    throw unusable(path, `needs Node 22.19 or later, and this is Node ${process.versions.node}`);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw unusable(path, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw unusable(path, "holds no certificate in PEM");
  for (const [at, certificate] of certificates.entries()) requireReadable(path, at, certificate);
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), ...certificates]);
}

function requireReadable(path: string, at: number, certificate: string): void {
  try {
    new X509Certificate(certificate);
  } catch {
    throw unusable(path, `holds a certificate, number ${at + 1}, that cannot be read`);
  }
}

function unusable(path: string, why: string): CommandError {
  return new CommandError("badInput", `MESHHOOK_EXTRA_CA_FILE: ${path} ${why}.`);
}
