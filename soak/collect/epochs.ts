import { keccak256 } from "ethers";

import { type OracleMessage, reportHash } from "../../keepers/protocol/oracleMessages.js";
import type { CommitRecord, EpochRecord, ReportRecord } from "../history.js";
import type { World } from "../world/world.js";
import { decodeLeaves, rootOf } from "./leafFile.js";

const ANSWER_MS = 3_000;
const TURNS = 3;

/** The bytes that fit the commit, from whichever oracle has them; undefined when none does. */
export async function fetchLeaves(
  { oracleUrls, clock, signal }: Pick<World, "oracleUrls" | "clock" | "signal">,
  { epoch, dataHash }: CommitRecord,
): Promise<Uint8Array | undefined> {
  for (let turn = 0; turn < TURNS * oracleUrls.length; turn += 1) {
    const url = `${oracleUrls[turn % oracleUrls.length]}/epochs/${epoch}/leaves`;
    const bytes = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) })
      .then(async (answer) => (answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined))
      .catch(() => undefined);
    if (bytes !== undefined && keccak256(bytes) === dataHash) return bytes;
    if (turn % oracleUrls.length === oracleUrls.length - 1) await clock.sleep(1_000, signal);
  }
  return undefined;
}

/** A commit with its leaves, and with the reports that were agreed on as far as they were heard on the bus. */
export async function readEpoch(world: World, commit: CommitRecord): Promise<EpochRecord> {
  const bytes = await fetchLeaves(world, commit);
  const leaves = bytes === undefined ? undefined : decodeLeaves(bytes);
  const computedRoot = leaves === undefined ? undefined : rootOf(leaves);
  return { commit, leaves, computedRoot, reports: agreedReports(world, commit) };
}

function agreedReports({ spectator }: World, { epoch, root }: CommitRecord): ReportRecord[] | undefined {
  const about = spectator.heard.map(({ message }) => message).filter((message) => message.epoch === BigInt(epoch));
  const reports = new Map<string, ReportRecord>();
  for (const message of about) {
    if (message.kind !== "report") continue;
    reports.set(reportHash(spectator.context, message), { oracle: message.sender, bytes: message.bytes });
  }
  const set = about.map((message) => setOf(message, root)).find((hashes) => hashes !== undefined);
  const named = set?.flatMap((hash) => reports.get(hash) ?? []);
  return named?.length === set?.length ? named : undefined;
}

/** Hashes of the reports that the message proposes to make that root of. */
function setOf(message: OracleMessage, root: string): string[] | undefined {
  if (message.kind !== "proposal" || message.value.type !== "reports" || message.value.root !== root) return undefined;
  return message.value.set.map((named) => named.reportHash);
}
