import { KeeperError } from "../keepers/core/errors.js";
import type { VirtualClock } from "../keepers/core/virtualClock.js";
import type { CommitSender } from "../keepers/oracle/epoch/types.js";
import type { SimChain, Transaction } from "./chain.js";
import { DOMAIN } from "./context.js";
import { commit, disprove } from "./ledger.js";
import { BLOCK_MS } from "./plan.js";

/** Until a server has taken a transaction, milliseconds. */
const SENDING_MS = 50;

/** Sends transactions as the real sender does: tried on the newest block first, then waited for. */
export function senderTo(chain: SimChain, clock: VirtualClock, onSend: (what: string) => void): CommitSender {
  const send = async (name: string, run: Transaction["run"]): Promise<void> => {
    await clock.sleep(SENDING_MS);
    const tried = run(chain.head.state, Math.floor((clock.now() + BLOCK_MS) / 1000));
    if ("revert" in tried) throw refused(tried.revert);
    onSend(name);
    const mined = Promise.withResolvers<undefined>();
    const onMined = (revert: string | undefined) => {
      if (revert === undefined) mined.resolve(undefined);
      else mined.reject(refused(revert));
    };
    chain.submit({ name, run, mined: onMined });
    await mined.promise;
  };
  return {
    commit: (report, signatures) =>
      send(`commit of ${report.epoch}`, (state, now) => commit(state, DOMAIN, report, signatures, now)),
    disprove: (epoch, disproof) => send(`disproof of ${epoch}`, (state, now) => disprove(state, epoch, disproof, now)),
  };
}

/** A Byzantine oracle's: sends its transactions now and then, or never. */
export function unwilling(sender: CommitSender, wants: () => boolean): CommitSender {
  const refuse = () => Promise.reject(new KeeperError("RPC_FAILED", "not sent", { retriable: true }));
  return {
    commit: (report, signatures) => (wants() ? sender.commit(report, signatures) : refuse()),
    disprove: (epoch, disproof) => (wants() ? sender.disprove(epoch, disproof) : refuse()),
  };
}

function refused(why: string): KeeperError {
  return new KeeperError("CONTRACT_REFUSED", why);
}
