import { EncodingError, type Hash } from "../../protocol/bytes.js";
import { dataHash, decodeLeafFile, type LeafFile, leafFileBytes, treeOf } from "../../protocol/leafFile.js";
import { ENVELOPE_BYTES, type MessageOf, type OracleContext } from "../../protocol/oracleMessages.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { SizeLimits } from "./sizes.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { LeavesView } from "./views.js";

/** A leaf file with as many leaves as the largest that anybody waits for. */
export function leavesBytes({ leaves }: Pick<SizeLimits, "leaves">): number {
  return ENVELOPE_BYTES + leafFileBytes(leaves);
}

/**
 * A LEAVES message is of use when this oracle lacks the file, or was about to send it itself. The hash proves the file; the
 * rest is asked too, because the chain's word covers the root, not the hash.
 */
export function validateLeaves(
  { epoch, file }: MessageOf<"leaves">,
  { context, wanted, due }: LeavesView,
): Verdict<"unwanted" | "not-the-file"> {
  if (wanted.size + due.size === 0) return refuse("unwanted");
  const hash = dataHash(file);
  const lacking = wanted.get(hash);
  if (!lacking) return due.has(answerKey(epoch, hash)) ? ACCEPT : refuse("unwanted");
  return isLeafFileOf(file, lacking.report, context) ? ACCEPT : refuse("not-the-file");
}

/** A leaf file that is asked for; the epoch too, so that a false one under a true hash keeps nobody from the answer. */
export function answerKey(epoch: bigint, hash: Hash): string {
  return `${epoch} ${hash}`;
}

/** Whether the bytes are the leaf file that a report commits to: by hash, by header, by count and by root. */
export function isLeafFileOf(bytes: Uint8Array, report: EpochReport, context: OracleContext): boolean {
  const file = decode(bytes);
  return file !== undefined && dataHash(bytes) === report.dataHash && matches(file, report, context);
}

function matches(file: LeafFile, report: EpochReport, context: OracleContext): boolean {
  const isSameNetwork = file.chainId === context.chainId && file.ledger === context.ledger;
  const isSameEpoch = file.epoch === report.epoch && file.previousRoot === report.previousRoot;
  const isSameSize = BigInt(file.entries.length) === report.leafCount && file.entries.length > 0;
  return isSameNetwork && isSameEpoch && isSameSize && treeOf(file).root === report.root;
}

function decode(bytes: Uint8Array): LeafFile | undefined {
  try {
    return decodeLeafFile(bytes);
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}
