import { IJobEscrow__factory } from "../../../typechain-types/index.js";
import type { TransactionSender } from "../../chain/transactionSender.js";
import type { Assignment } from "../../protocol/assignment.js";
import type { Address } from "../../protocol/bytes.js";
import { compactOf } from "../commitSender.js";
import type { AssignmentSender } from "./dispatch.js";

export interface ChainAssignmentSenderOptions {
  readonly escrow: Address;
}

const escrowAbi = IJobEscrow__factory.createInterface();

/** Assigns by transactions of this oracle's own account. */
export class ChainAssignmentSender implements AssignmentSender {
  readonly #escrow: Address;
  readonly #sender: Pick<TransactionSender, "send">;

  constructor(
    { escrow }: ChainAssignmentSenderOptions,
    dependencies: { readonly sender: Pick<TransactionSender, "send"> },
  ) {
    this.#escrow = escrow;
    this.#sender = dependencies.sender;
  }

  async assign(assignment: Assignment, signatures: readonly Uint8Array[]): Promise<void> {
    const { leaving, joining, ...rest } = assignment;
    const data = escrowAbi.encodeFunctionData("assign", [
      { ...rest, leaving: [...leaving], joining: [...joining] },
      signatures.map(compactOf),
    ]);
    await this.#sender.send(`assign nodes to job ${assignment.jobId}`, { to: this.#escrow, data });
  }
}
