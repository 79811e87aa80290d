import { ZeroHash } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { type Commit, readCommit } from "../lib/commits.js";
import type { Protocol } from "../lib/protocol.js";
import type { CommonArguments, Session } from "../lib/session.js";
import { facts } from "../lib/table.js";
import { formatDuration, formatTime } from "../lib/times.js";

interface ShowArguments extends CommonArguments {
  readonly epoch: string | undefined;
}

export default action<ShowArguments>(async (args, session) => {
  const protocol = await session.protocol();
  const ledger = protocol.contracts.epochLedger;
  const [current, genesis, latest, now] = await Promise.all([
    ledger.currentEpoch(),
    ledger.GENESIS(),
    ledger.latest(),
    session.time(),
  ]);
  const end = await ledger.epochEnd(current);
  const wanted = args.epoch === undefined ? (latest.committed ? latest.epoch : undefined) : parseEpoch(args.epoch);
  const commit = wanted === undefined ? undefined : await commitOf(wanted, protocol, session);
  const running =
    now < genesis
      ? `none yet: epoch 0 starts at ${formatTime(genesis)}`
      : `${current.toString()}, ends ${when(end, now)}`;
  return {
    json: {
      current,
      currentEnd: end,
      lastCommitted: latest.committed ? latest.epoch : null,
      commit: commit === undefined ? null : { ...commit, active: commit.activeFrom <= now },
    },
    lines: [
      ...facts([["running epoch", running]]),
      ...(commit === undefined ? ["No epoch is committed yet."] : lines(commit, now)),
    ],
  };
});

function when(end: bigint, now: bigint): string {
  return `${formatTime(end)}, ${end > now ? `in ${formatDuration(end - now)}` : "now"}`;
}

async function commitOf(epoch: bigint, protocol: Protocol, session: Session): Promise<Commit> {
  const { epochLedger } = protocol.contracts;
  const [root, pending] = await Promise.all([epochLedger.rootOf(epoch), epochLedger.pending()]);
  const isPending = pending.root !== ZeroHash && pending.epoch === epoch;
  if (root !== ZeroHash || isPending) return readCommit(protocol, epoch, session.terminal);
  const reason = "it still runs, is being agreed on, was skipped, or was disproved";
  throw new KeeperError("NOT_COMMITTED", `epoch ${epoch.toString()} has no committed root: ${reason}`);
}

function lines(commit: Commit, now: bigint): string[] {
  return facts([
    ["committed epoch", commit.epoch.toString()],
    ["root", commit.root],
    ["standing", standing(commit, now)],
    ["previous root", commit.previousRoot === ZeroHash ? "none: the first" : commit.previousRoot],
    ["leaf file", `${commit.dataHash}, ${commit.leafCount.toString()} leaves`],
    ["transaction", commit.txHash],
    [`signed by ${commit.signers.length} of ${commit.setSize}`, commit.signers.join(", ")],
  ]);
}

function standing({ activeFrom }: Commit, now: bigint): string {
  if (activeFrom <= now) return `active since ${formatTime(activeFrom)}: can be claimed against`;
  return `pending: can be disproved with epoch:disprove, and claimed against from ${when(activeFrom, now)}`;
}

function parseEpoch(text: string): bigint {
  if (/^\d{1,19}$/u.test(text)) return BigInt(text);
  throw new KeeperError("EPOCH_INVALID", `--epoch: got ${JSON.stringify(text)}, want the number of an epoch`);
}
