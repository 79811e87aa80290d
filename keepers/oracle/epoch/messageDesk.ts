import type { Clock } from "../../core/clock.js";
import type { Address } from "../../protocol/bytes.js";
import type { DecodedOracleMessage, MessageOf, MessagePreview, OracleContext } from "../../protocol/oracleMessages.js";
import { type EnvelopeRules, validateEnvelope } from "../validation/envelope.js";
import { MAX_SUBJECTS, type SizeLimits } from "../validation/sizes.js";
import { MessageTally, type TalliedVerdict } from "../validation/tally.js";
import type { Verdict } from "../validation/verdict.js";
import type { Agreements } from "./agreements.js";
import { FloodGate } from "./floodGate.js";
import type { LeafExchange } from "./leafExchange.js";
import type { EpochChain } from "./types.js";

export interface MessageDeskOptions {
  readonly context: OracleContext;
  readonly me: Address;
  /** Between two repetitions of what an oracle says, milliseconds. */
  readonly resendMs: number;
}

export interface MessageDeskDependencies {
  readonly clock: Pick<Clock, "now">;
  readonly chain: EpochChain;
  readonly agreements: Agreements;
  readonly leaves: LeafExchange;
  readonly onSignature: (message: MessageOf<"signature">) => Verdict;
  /** The first epoch that is not decided here; undefined before the start. */
  readonly nextEpoch: () => bigint | undefined;
}

/**
 * Where the oracles' messages come in: judges each, gives it to the part that it is for, and counts it once by kind and
 * verdict. It keeps one number for each oracle that ever spoke, and the tally.
 */
export class MessageDesk {
  readonly tally = new MessageTally();
  readonly #dependencies: MessageDeskDependencies;
  readonly #rules: EnvelopeRules;
  readonly #heardAt = new Map<Address, number>();

  constructor(options: MessageDeskOptions, dependencies: MessageDeskDependencies) {
    this.#dependencies = dependencies;
    const gate = new FloodGate(options, dependencies);
    this.#rules = {
      ...{ context: options.context, me: options.me, admits: gate.admits },
      isOracle: (account) =>
        dependencies.chain.oracles().includes(account) || dependencies.agreements.isMember(account),
      isOpen: (preview) => this.#isOpen(preview),
      limitsOf: (epoch) => this.#limitsOf(epoch),
    };
  }

  /** When an oracle of the set was last heard, milliseconds since 1970; undefined for never. */
  heardAt(oracle: Address): number | undefined {
    return this.#heardAt.get(oracle);
  }

  /** Takes what the bus brought. Never throws. */
  receive(topic: string, payload: Uint8Array): void {
    const verdict = validateEnvelope(topic, payload, this.#rules);
    if (verdict.outcome !== "accept") return this.tally.count(verdict.kind, verdict.code);
    this.#noteHeard(verdict.decoded.message.sender);
    const final = this.#deliver(verdict.decoded);
    if (final) this.tally.count(verdict.kind, final);
  }

  /** The final verdict; undefined while it is still to come, from the agreement. */
  #deliver(decoded: DecodedOracleMessage): TalliedVerdict | undefined {
    const { leaves, agreements, chain, nextEpoch, onSignature } = this.#dependencies;
    const { message } = decoded;
    if (message.kind === "leaves") return labelOf(leaves.onLeaves(message));
    if (message.kind === "request" && message.what === "leaves") return labelOf(leaves.onRequest(message));
    if (message.kind === "signature") return labelOf(onSignature(message));
    return agreements.deliver(decoded, { epoch: nextEpoch() ?? 0n, attempt: chain.attempt() });
  }

  /**
   * What is undecided here or was decided lately; of later epochs and attempts one, for oracles see the chain at different
   * moments. Leaf files may be asked for and sent for ever, and signatures until the commit.
   */
  #isOpen({ kind, epoch, attempt }: Pick<MessagePreview, "kind" | "epoch" | "attempt">): boolean {
    const { nextEpoch, chain, agreements } = this.#dependencies;
    const next = nextEpoch();
    if (next === undefined) return false;
    // Who is many epochs behind asks for a leaf file far ahead of it.
    if (kind === "leaves") return true;
    if (epoch > next + 1n) return false;
    if (kind === "request") return true;
    if (attempt > chain.attempt() + 1) return false;
    return kind === "signature" || epoch >= next || agreements.get(epoch) !== undefined;
  }

  #limitsOf(epoch: bigint): SizeLimits {
    const { agreements, leaves } = this.#dependencies;
    return { subjects: agreements.get(epoch)?.config.subjectCount ?? MAX_SUBJECTS, leaves: leaves.mostLeaves };
  }

  #noteHeard(sender: Address): void {
    const { chain, clock } = this.#dependencies;
    if (!this.#heardAt.has(sender)) {
      const oracles = chain.oracles();
      for (const known of [...this.#heardAt.keys()]) if (!oracles.includes(known)) this.#heardAt.delete(known);
    }
    this.#heardAt.set(sender, clock.now());
  }
}

function labelOf(verdict: Verdict): TalliedVerdict {
  return verdict.outcome === "accept" ? "accepted" : verdict.code;
}
