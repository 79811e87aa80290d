import type { Lifecycle } from "../../core/lifecycle.js";
import { FollowedEpochChain } from "../epoch/epochChain.js";
import { Inbox } from "../epoch/inbox.js";
import { Outbox } from "../epoch/outbox.js";
import { EpochRunner } from "../epoch/runner.js";
import type { EpochListener } from "../epoch/types.js";
import type { OracleModules, OracleOptions } from "../options.js";
import { availabilityOf } from "../scoring.js";
import type { Hearing } from "./hearing.js";
import type { OracleStorage } from "./storage.js";

/** The part that agrees with the other oracles. */
export interface Agreeing {
  readonly runner: EpochRunner;
  readonly inbox: Inbox;
}

/** Time-outs by the two lengths that operators choose. Milliseconds. */
function timeoutsOf({ roundMs, sealingMs }: OracleOptions) {
  return {
    sealing: sealingMs,
    opening: sealingMs,
    gather: Math.ceil(roundMs / 4),
    base: roundMs,
    step: Math.ceil(roundMs / 2),
    longest: 20 * roundMs,
    resend: roundMs,
  };
}

/** Begins to take part; what is on disk is read first. */
export async function startAgreeing(
  options: OracleOptions,
  modules: OracleModules,
  { slots, log, archive }: OracleStorage,
  hearing: Hearing,
  lifecycle: Lifecycle,
  notify: EpochListener,
): Promise<Agreeing> {
  const { chainId, ledger, epochClock, startEpochs, stageMs, roundMs } = options;
  const { key, clock, random, logger, bus, sender, follower } = modules;
  const context = { chainId, ledger };
  const chain = new FollowedEpochChain({ epochClock }, { follower });
  const observer = {
    observe: (epoch: bigint, links: Parameters<typeof availabilityOf>[1]) => {
      hearing.ingest.recheck();
      return availabilityOf(epoch, links, { slots, epochClock });
    },
  };
  const runner = new EpochRunner(
    {
      context,
      domain: { chainId, verifyingContract: ledger },
      key,
      firstEpoch: 0n,
      startEpochs,
      timeouts: timeoutsOf(options),
      timeoutBounds: { least: Math.ceil(roundMs / 4), most: 4 * roundMs },
      stageMs,
      retryMs: roundMs,
    },
    {
      clock,
      random,
      chain,
      observer,
      sender,
      outbox: new Outbox({ context, key }, { bus, logger }),
      log,
      archive,
      logger,
    },
    notify,
  );
  const inbox = new Inbox({ context, me: key.address }, { bus, chain, runner });
  lifecycle.onClose("agreement", async () => {
    await inbox.close();
    await runner.close();
  });
  await inbox.start();
  await runner.start();
  return { runner, inbox };
}
