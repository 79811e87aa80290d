import type { TransactionSender } from "../../chain/transactionSender.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import type { Call, DelegateAccount } from "../views.js";

/** Deeploy's own account on a transaction sender. */
export class SendingDelegate implements DelegateAccount {
  readonly address: Address;
  readonly #sender: Pick<TransactionSender, "send">;

  constructor(
    options: { readonly address: Address },
    dependencies: { readonly sender: Pick<TransactionSender, "send"> },
  ) {
    this.address = options.address;
    this.#sender = dependencies.sender;
  }

  async send(label: string, { to, data }: Call): Promise<{ readonly txHash: Hash }> {
    const { transactionHash } = await this.#sender.send(label, { to, data });
    return { txHash: transactionHash };
  }
}
