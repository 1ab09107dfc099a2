import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";

import type { Logger } from "@meshhook/runtime";

export interface TlsFileNames {
  /** PEM: the server's certificate, then those between it and the one that clients trust. */
  readonly certFile: string;
  /** PEM, not encrypted. */
  readonly keyFile: string;
}

/** The files cannot be used. */
export class TlsFileError extends Error {
  override readonly name = "TlsFileError";
}

/** How often the files are looked at. */
const LOOK_MS = 30_000;

/** The certificate and the key of a server, read again when their files change. */
export class TlsFiles {
  readonly #names: TlsFileNames;
  #context: SecureContext;
  #certificate: X509Certificate;
  #stamp: string;
  #timer: NodeJS.Timeout | null = null;

  private constructor(names: TlsFileNames, read: ReadFiles) {
    this.#names = names;
    this.#context = read.context;
    this.#certificate = read.certificate;
    this.#stamp = read.stamp;
  }

  /** @throws TlsFileError  with the remedy. */
  static async open(names: TlsFileNames): Promise<TlsFiles> {
    return new TlsFiles(names, await read(names));
  }

  /** For connections from now on. */
  get context(): SecureContext {
    return this.#context;
  }

  /** When the certificate is no longer valid. */
  get validUntil(): Date {
    return new Date(this.#certificate.validTo);
  }

  /** Reads the files again whenever they have changed. Those that cannot be used are left alone: the ones before stay. */
  watch(log: Logger, lookMs = LOOK_MS): void {
    this.#timer = setInterval(() => void this.#look(log), lookMs).unref();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #look(log: Logger): Promise<void> {
    try {
      if ((await stampOf(this.#names)) === this.#stamp) return;
      const { certificate, context, stamp } = await read(this.#names);
      this.#context = context;
      this.#certificate = certificate;
      this.#stamp = stamp;
      log.info({ validUntil: certificate.validTo }, "the TLS certificate was read again");
    } catch (error) {
      log.warn({ error: String(error) }, "the TLS files have changed and cannot be used; the ones before stay");
    }
  }
}

interface ReadFiles {
  readonly context: SecureContext;
  readonly certificate: X509Certificate;
  readonly stamp: string;
}

async function read(names: TlsFileNames): Promise<ReadFiles> {
  // Before the files are read: a change in between is seen at the next look.
  const stamp = await stampOf(names);
  const cert = await readFile(names.certFile);
  const key = await readFile(names.keyFile);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    throw new TlsFileError(
      `${names.certFile} holds no certificate in PEM. Write the server's certificate first, then those above it.`,
    );
  }
  try {
    return { certificate, stamp, context: createSecureContext({ cert, key, minVersion: "TLSv1.2" }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TlsFileError(
      `${names.keyFile} cannot be used with ${names.certFile}: ${reason}. It must hold the key of the first certificate, in PEM and without a passphrase.`,
    );
  }
}

async function stampOf({ certFile, keyFile }: TlsFileNames): Promise<string> {
  const stamps = await Promise.all(
    [certFile, keyFile].map(async (file) => {
      const found = await stat(file).catch((error: unknown) => {
        throw new TlsFileError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      });
      return `${found.ino} ${found.size} ${found.mtimeMs}`;
    }),
  );
  return stamps.join(" ");
}
