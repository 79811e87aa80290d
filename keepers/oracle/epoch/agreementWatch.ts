import type { Logger } from "../../core/logger.js";
import { decodeMessage, type MessageOf } from "../../protocol/oracleMessages.js";
import type { EpochConfig, Equivocation } from "../consensus/types.js";
import type { MessageTally } from "../validation/tally.js";
import type { AgreementListener } from "./agreement.js";
import type { EpochListener } from "./types.js";

export interface AgreementWatchDependencies {
  /** Bound to the epoch. */
  readonly logger: Logger;
  readonly tally: MessageTally;
  readonly notify: EpochListener;
}

/** Tells, logs and counts what happens in an agreement. */
export function watchAgreement(
  config: EpochConfig,
  { logger, tally, notify }: AgreementWatchDependencies,
  onDecided: (decision: MessageOf<"decision">) => void,
): AgreementListener {
  const { epoch } = config;
  let last = { round: -1, step: "" };
  return {
    onDecided,
    onProgress: ({ round, step }) => {
      if (round < 0 || (round === last.round && step === last.step)) return;
      last = { round, step };
      logger.debug("a step of a round begins", { round, step });
      notify({ type: "round", epoch, round, step });
    },
    onEvidence: (evidence) => {
      const { offence, member } = evidence;
      logger.warn("an oracle contradicted itself", { offence, member, ...roundIn(config, evidence) });
    },
    onVerdict: (kind, verdict) => {
      tally.count(kind, verdict);
      if (verdict !== "accepted") logger.trace("an oracle message was not used", { kind, verdict, round: last.round });
    },
    onHalted: (why) => {
      logger.error("the voting log cannot be written, or nothing be signed: this oracle does not vote until it can", {
        error: why,
        round: last.round,
      });
      notify({ type: "halted", epoch, why });
    },
  };
}

function roundIn({ context }: EpochConfig, { first }: Equivocation): { readonly round?: number } {
  const { message } = decodeMessage(first, context);
  return "round" in message ? { round: message.round } : {};
}
