import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { KeeperError } from "../core/errors.js";

/** Where the gateway's certificate is; both in PEM. */
export interface CertificateFiles {
  readonly keyFile: string;
  /** The certificate, then those that vouch for it. */
  readonly certificateFile: string;
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Rejects with `CERTIFICATE_INVALID` when a file cannot be read, or the two do not belong together. */
export async function readCertificate({ keyFile, certificateFile }: CertificateFiles): Promise<Certificate> {
  try {
    const [key, cert] = await Promise.all([readFile(keyFile, "utf8"), readFile(certificateFile, "utf8")]);
    createSecureContext({ key, cert });
    return { key, cert };
  } catch (cause) {
    const message = `${keyFile} and ${certificateFile} are no key with its certificate`;
    throw new KeeperError("CERTIFICATE_INVALID", message, { cause });
  }
}
