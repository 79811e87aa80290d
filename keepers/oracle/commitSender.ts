import type { EpochLedger, OracleRegistry } from "../../typechain-types/index.js";
import type { TransactionSender } from "../chain/transactionSender.js";
import { type Address, bytesToHex } from "../protocol/bytes.js";
import type { Disproof } from "../protocol/disproof.js";
import type { EpochReport } from "../protocol/typedData.js";
import type { AnswerSender } from "./answering.js";
import type { CommitSender } from "./epoch/types.js";

export interface ChainCommitSenderDependencies {
  readonly ledger: EpochLedger;
  readonly registry: OracleRegistry;
  readonly sender: TransactionSender;
}

/** Commits, disproves and answers by transactions of this oracle's own account. */
export class ChainCommitSender implements CommitSender, AnswerSender {
  readonly #dependencies: ChainCommitSenderDependencies;

  constructor(dependencies: ChainCommitSenderDependencies) {
    this.#dependencies = dependencies;
  }

  async commit(report: EpochReport, signatures: readonly Uint8Array[]): Promise<void> {
    const { ledger } = this.#dependencies;
    const data = ledger.interface.encodeFunctionData("commit", [report, signatures.map(compactOf)]);
    await this.#send(`commit epoch ${report.epoch}`, ledger, data);
  }

  async disprove(epoch: bigint, disproof: Disproof): Promise<void> {
    const { ledger } = this.#dependencies;
    const { kind, id, cumulativeBefore, proofBefore, cumulativeAfter, proofAfter } = disproof;
    const data = ledger.interface.encodeFunctionData("disprove", [
      kind,
      id,
      cumulativeBefore,
      [...proofBefore],
      cumulativeAfter,
      [...proofAfter],
    ]);
    await this.#send(`disprove epoch ${epoch}`, ledger, data);
  }

  async answer(oracle: Address, signature: Uint8Array): Promise<void> {
    const { registry } = this.#dependencies;
    const data = registry.interface.encodeFunctionData("answer", [oracle, compactOf(signature)]);
    await this.#send("answer the challenge", registry, data);
  }

  async #send(label: string, contract: EpochLedger | OracleRegistry, data: string): Promise<void> {
    const to = (await contract.getAddress()).toLowerCase();
    await this.#dependencies.sender.send(label, { to, data });
  }
}

/** Bytes of `r` in a compact signature; the rest is `vs`. */
const R_BYTES = 32;

/** A compact signature as the contracts take it. */
export function compactOf(signature: Uint8Array): { r: string; vs: string } {
  return { r: bytesToHex(signature.subarray(0, R_BYTES)), vs: bytesToHex(signature.subarray(R_BYTES)) };
}
