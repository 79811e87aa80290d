import { ZeroHash } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";
import { findDisproof } from "../../keepers/protocol/disproof.js";
import { LeafKind } from "../../keepers/protocol/leaf.js";
import type { LeafFile } from "../../keepers/protocol/leafFile.js";
import { action } from "../lib/action.js";
import { type LeafFileArguments, readLeafPair } from "../lib/leafPair.js";
import { deedName } from "../lib/names.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

type DisproveArguments = SenderArguments & LeafFileArguments;

export default action<DisproveArguments>(async (args, session) => {
  const { epochLedger } = (await session.protocol()).contracts;
  const pending = await epochLedger.pending();
  if (pending.root === ZeroHash) {
    throw new KeeperError("NOTHING_PENDING", "no root can be disproved now: the last one is active, or there is none");
  }
  const { before, after } = await readLeafPair(args, pending, session);
  const disproof = findDisproof(before, after);
  if (disproof === undefined) {
    const what = `in epoch ${after.epoch.toString()} no leaf shrank, and none grew by more than 255 an epoch`;
    throw new KeeperError("NOTHING_WRONG", `nothing can be disproved: ${what}`);
  }
  const { kind, id, cumulativeBefore, proofBefore, cumulativeAfter, proofAfter } = disproof;
  const transaction = await epochLedger.disprove.populateTransaction(
    kind,
    id,
    cumulativeBefore,
    [...proofBefore],
    cumulativeAfter,
    [...proofAfter],
  );
  const outcome = await send(session, { label: `disproving epoch ${after.epoch.toString()}`, transaction });
  const leaf = `${leafName(kind, id)} went from ${cumulativeBefore.toString()} to ${cumulativeAfter.toString()}`;
  const line = `Disproved the root of epoch ${after.epoch.toString()}: ${leaf}. Its signers are no oracles any more.`;
  return answerOf(outcome, () => ({
    json: { epoch: after.epoch, root: pending.root, ...leafJson(disproof) },
    lines: [line],
  }));
});

function leafJson({ kind, id, cumulativeBefore, cumulativeAfter, most }: ReturnType<typeof findDisproof> & object) {
  return { leaf: leafName(kind, id), cumulativeBefore, cumulativeAfter, most };
}

function leafName(kind: LeafFile["entries"][number]["kind"], id: bigint): string {
  return kind === LeafKind.AVAILABILITY ? deedName(id) : `service ${id.toString()}`;
}
