import { resolve } from "node:path";

import { SystemClock } from "../../keepers/core/clock.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { readLeafProofs } from "./leafProofs.js";
import { OracleProofs } from "./oracleProofs.js";
import type { ProofSource } from "./proofSource.js";
import type { Protocol } from "./protocol.js";
import { optionalVariable } from "./variables.js";

/** Options that say where proofs come from. */
export interface ProofArguments {
  readonly oracle: string | undefined;
  readonly leaves: string | undefined;
}

/** @throws KeeperError when none or both are given, or the leaf file does not fit the chain */
export async function openProofs({ oracle, leaves }: ProofArguments, protocol: Protocol): Promise<ProofSource> {
  if (oracle !== undefined && leaves !== undefined) {
    throw new KeeperError("PROOFS_AMBIGUOUS", "--oracle and --leaves both give proofs: give one of them");
  }
  if (leaves !== undefined) return readLeafProofs(resolve(leaves), protocol);
  const url = oracle ?? optionalVariable("ORACLE_URLS")?.reveal().split(",")[0]?.trim();
  if (url === undefined) {
    const message = "rewards need proofs: give --oracle with the URL of an oracle, or --leaves with a leaf file";
    throw new KeeperError("PROOFS_MISSING", message);
  }
  if (!/^https?:\/\/[^/]/u.test(url)) {
    throw new KeeperError(
      "ORACLE_INVALID",
      `--oracle: got ${JSON.stringify(url)}, want a URL that begins with http:// or https://`,
    );
  }
  return new OracleProofs({ url }, { protocol, clock: new SystemClock() });
}
