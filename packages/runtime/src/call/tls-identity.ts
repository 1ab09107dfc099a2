import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";

/** What the connections of a call show their target, and whom they trust. Texts are PEM. */
export interface TlsMaterial {
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly passphrase: string | null;
  readonly serverName: string | null;
}

/** TLS settings cannot be used. Becomes the failure `tls` of a call that was not sent; the message holds nothing of a key. */
export class TlsSettingsFault extends Error {
  override readonly name = "TlsSettingsFault";
}

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** TLS settings of one project. Calls share connections only where all of it is the same. */
export class TlsIdentity {
  /** Says whether two are the same, and nothing about them. */
  readonly id: string;
  readonly serverName: string | null;
  readonly #material: TlsMaterial;

  constructor(projectId: string, material: TlsMaterial) {
    const { ca, certificate, key, passphrase, serverName } = material;
    const parts = [projectId, ca, certificate, key, passphrase, serverName];
    this.id = createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
    this.serverName = serverName;
    this.#material = material;
  }

  /** @throws TlsSettingsFault  with what is wrong and what to do. */
  context(nowMs: number): SecureContext {
    const { ca, certificate, key, passphrase } = this.#material;
    const issuers = ca === null ? undefined : certificatesIn("tls.ca", ca).map((each) => each.toString());
    if (certificate === null || key === null) return createSecureContext({ ca: issuers });
    const [own] = certificatesIn("tls.certificate", certificate);
    if (own !== undefined) requireValid(own, nowMs);
    requireKey(own, key, passphrase);
    return createSecureContext({ ca: issuers, cert: certificate, key, ...(passphrase === null ? {} : { passphrase }) });
  }
}

function certificatesIn(part: string, pem: string): readonly X509Certificate[] {
  const found = pem.match(CERTIFICATES) ?? [];
  if (found.length === 0) throw fault(`${part} holds no certificate in PEM; it must have -----BEGIN CERTIFICATE-----`);
  return found.map((text, at) => {
    try {
      return new X509Certificate(text);
    } catch {
      throw fault(`Certificate ${at + 1} of ${part} cannot be read; copy the file as it is, with its line breaks`);
    }
  });
}

function requireValid(certificate: X509Certificate, nowMs: number): void {
  const { validFromDate, validToDate } = certificate;
  if (validToDate.getTime() < nowMs)
    throw fault(`The client certificate expired on ${dayOf(validToDate)}; store a new one`);
  if (validFromDate.getTime() > nowMs)
    throw fault(`The client certificate is valid only from ${dayOf(validFromDate)} on`);
}

function requireKey(certificate: X509Certificate | undefined, pem: string, passphrase: string | null): void {
  const key = (() => {
    try {
      return createPrivateKey({ key: pem, format: "pem", ...(passphrase === null ? {} : { passphrase }) });
    } catch (error) {
      throw fault(whyUnreadable(pem, passphrase), error);
    }
  })();
  if (certificate !== undefined && !certificate.checkPrivateKey(key))
    throw fault("The private key in tls.key is not that of the client certificate; store the two that belong together");
}

function whyUnreadable(pem: string, passphrase: string | null): string {
  if (pem.includes("ENCRYPTED"))
    return passphrase === null
      ? "The private key in tls.key is encrypted; give its tls.passphrase"
      : "tls.passphrase does not open the private key in tls.key";
  return "The private key in tls.key cannot be read; it must be PEM, with its line breaks";
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function fault(what: string, cause?: unknown): TlsSettingsFault {
  return new TlsSettingsFault(`${what}. The request was not sent`, { cause });
}
