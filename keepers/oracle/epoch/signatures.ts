import type { Address, Hash } from "../../protocol/bytes.js";
import { bytesToHex } from "../../protocol/bytes.js";
import type { MessageOf } from "../../protocol/oracleMessages.js";
import { recoverCompact } from "../../protocol/signing.js";

/**
 * The oracles' signatures of decided reports, by epoch. They may come before this oracle has decided, so they are kept
 * unchecked, one per oracle and epoch, and checked against the digest when it is known.
 */
export class Signatures {
  readonly #byEpoch = new Map<bigint, Map<Address, MessageOf<"signature">>>();

  /** A later message of the same oracle replaces the earlier one: the sender is known to have sent both. */
  add(message: MessageOf<"signature">): void {
    const known = this.#byEpoch.get(message.epoch) ?? new Map<Address, MessageOf<"signature">>();
    known.set(message.sender, message);
    this.#byEpoch.set(message.epoch, known);
  }

  /** The valid signatures of `digest` by `oracles`, in that order: ascending, as the ledger wants them. */
  of(epoch: bigint, digest: Uint8Array, oracles: readonly Address[]): Uint8Array[] {
    const known = this.#byEpoch.get(epoch);
    const wanted: Hash = bytesToHex(digest);
    return oracles.flatMap((oracle) => {
      const message = known?.get(oracle);
      if (message?.reportDigest !== wanted) return [];
      return recoverCompact(digest, message.compact) === oracle ? [message.compact] : [];
    });
  }

  forgetThrough(epoch: bigint): void {
    for (const known of [...this.#byEpoch.keys()]) if (known <= epoch) this.#byEpoch.delete(known);
  }
}
