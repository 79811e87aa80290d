import type { Clock } from "../core/clock.js";
import type { Logger } from "../core/logger.js";
import { type Signer, SigningKey } from "../protocol/signing.js";
import type { KeySource } from "./keySource.js";
import { openKeystore } from "./keystore.js";
import { RemoteSigner } from "./remoteSigner.js";

/** Time for one signature. Heartbeats are due every ten seconds, and the first steps of a round last two. */
const SIGNER_TIMEOUT_MS = 2_000;

/** Whoever signs for the account. Rejects as `openKeystore` and `RemoteSigner.open` do. */
export async function openSigner(source: KeySource, dependencies: { readonly clock: Clock }): Promise<Signer> {
  if (source.kind !== "remote") return openKey(source);
  return RemoteSigner.open({ ...source, timeoutMs: SIGNER_TIMEOUT_MS }, dependencies);
}

/** The key itself. Rejects as `openKeystore` does. */
export async function openKey(source: Exclude<KeySource, { kind: "remote" }>): Promise<SigningKey> {
  return source.kind === "plain" ? new SigningKey(source.key.reveal()) : openKeystore(source);
}

/** For the beginning of the log. */
export function warnOfPlainKey(source: KeySource | undefined, { logger }: { readonly logger: Logger }): void {
  if (source?.kind !== "plain") return;
  logger.warn("a private key stands in the environment; with R1_ENV=production this would be refused", {
    variable: source.variable,
  });
}
