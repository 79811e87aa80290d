import type { EpochLedger } from "../../typechain-types/index.js";
import type { TransactionSender } from "../chain/transactionSender.js";
import { bytesToHex } from "../protocol/bytes.js";
import type { EpochReport } from "../protocol/typedData.js";
import type { CommitSender } from "./epoch/types.js";

/** Bytes of `r` in a compact signature; the rest is `vs`. */
const R_BYTES = 32;

/** Commits by transactions of this oracle's own account. */
export class ChainCommitSender implements CommitSender {
  readonly #ledger: EpochLedger;
  readonly #sender: TransactionSender;

  constructor(dependencies: { readonly ledger: EpochLedger; readonly sender: TransactionSender }) {
    this.#ledger = dependencies.ledger;
    this.#sender = dependencies.sender;
  }

  async commit(report: EpochReport, signatures: readonly Uint8Array[]): Promise<void> {
    const compact = signatures.map((bytes) => ({
      r: bytesToHex(bytes.subarray(0, R_BYTES)),
      vs: bytesToHex(bytes.subarray(R_BYTES)),
    }));
    const data = this.#ledger.interface.encodeFunctionData("commit", [report, compact]);
    const to = (await this.#ledger.getAddress()).toLowerCase();
    await this.#sender.send(`commit epoch ${report.epoch}`, { to, data });
  }
}
