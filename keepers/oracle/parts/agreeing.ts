import type { Lifecycle } from "../../core/lifecycle.js";
import { FollowedEpochChain } from "../epoch/epochChain.js";
import { Inbox } from "../epoch/inbox.js";
import { Outbox } from "../epoch/outbox.js";
import { EpochRunner } from "../epoch/runner.js";
import type { EpochListener } from "../epoch/types.js";
import type { OracleModules, OracleOptions } from "../options.js";
import type { Hearing } from "./hearing.js";
import { createObserver } from "./observing.js";
import type { OracleStorage } from "./storage.js";

/** The part that agrees with the other oracles. */
export interface Agreeing {
  readonly runner: EpochRunner;
  readonly inbox: Inbox;
}

/** Time-outs by the two lengths that operators choose. Milliseconds. */
export function timeoutsOf({ roundMs, sealingMs }: Pick<OracleOptions, "roundMs" | "sealingMs">) {
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
  storage: OracleStorage,
  hearing: Hearing,
  lifecycle: Lifecycle,
  notify: EpochListener,
): Promise<Agreeing> {
  const { chainId, ledger, epochClock, activationDelay, startEpochs, stageMs, roundMs } = options;
  const { key, clock, random, logger, bus, sender, follower } = modules;
  const { log, archive, voted } = storage;
  const context = { chainId, ledger };
  const chain = new FollowedEpochChain({ epochClock, activationDelay }, { follower });
  const observer = createObserver(options, modules, storage, hearing);
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
      voted,
      logger,
    },
    notify,
  );
  const inbox = new Inbox({ context }, { bus, runner });
  lifecycle.onClose("agreement", async () => {
    await inbox.close();
    await runner.close();
  });
  await inbox.start();
  await runner.start();
  return { runner, inbox };
}
