import type { Lifecycle } from "../../core/lifecycle.js";
import { Answering } from "../answering.js";
import type { OracleModules, OracleOptions } from "../options.js";

/** Begins to answer challenges of this oracle. */
export function startAnswering(options: OracleOptions, modules: OracleModules, lifecycle: Lifecycle): void {
  const { chainId, oracleRegistry: verifyingContract, roundMs: retryMs } = options;
  const { key, follower, sender, clock, logger } = modules;
  const challenges = {
    deadlineOf: (oracle: string) => follower.view.state.challenges.get(oracle),
    onChange: (listener: () => void) =>
      follower.subscribe(({ type }) => {
        if (type !== "event") listener();
      }),
  };
  const answering = new Answering(
    { key, domain: { chainId, verifyingContract }, retryMs },
    { challenges, sender, clock, logger },
  );
  lifecycle.onClose("answers to challenges", () => answering.close());
}
