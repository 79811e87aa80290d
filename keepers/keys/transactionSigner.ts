import { Signature, Transaction, type TransactionLike } from "ethers";
import { type Address, bytesToHex, hexToBytes } from "../protocol/bytes.js";
import { compactSignature, type Signer } from "../protocol/signing.js";

/** Signs transactions for whoever sends them. */
export interface SignerOfTransactions {
  readonly address: Address;
  /** Resolves with the raw transaction, hexadecimal. Rejects as the signer does. */
  signTransaction(transaction: TransactionLike): Promise<string>;
}

/** Transactions signed by whoever holds the key: services sign the same bytes as ethers does. */
export function transactionSigner(signer: Signer): SignerOfTransactions {
  return {
    address: signer.address,
    signTransaction: async (fields) => {
      const transaction = Transaction.from(fields);
      const signature = await signer.signBytes(hexToBytes(transaction.unsignedSerialized));
      transaction.signature = Signature.from(bytesToHex(compactSignature(signature)));
      return transaction.serialized;
    },
  };
}
