import { resolve } from "node:path";

import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { writeJson } from "../../keepers/core/files.js";
import { action } from "../lib/action.js";
import { toJson } from "../lib/answer.js";
import { consentJson, longestDeadline, signConsent } from "../lib/consent.js";
import { readDeed } from "../lib/deeds.js";
import { parseAddress, parseDeed } from "../lib/names.js";
import { loadNodeKey, type NodeKeyChoice } from "../lib/nodeKey.js";
import type { CommonArguments, Session } from "../lib/session.js";
import { formatDuration } from "../lib/times.js";

interface ConsentArguments extends CommonArguments, NodeKeyChoice {
  readonly deed: string;
  readonly owner: string | undefined;
  readonly hours: number;
  readonly out: string | undefined;
}

const HOUR = 3_600;

export default action<ConsentArguments>(async (args, session) => {
  const protocol = await session.protocol();
  const { deed, owner } = await readDeed(protocol, parseDeed(args.deed));
  const deadline = await deadlineOf(args.hours, session);
  const key = await loadNodeKey(args, session.hre);
  const consenting = args.owner === undefined ? owner : parseAddress(args.owner, "--owner");
  const json = consentJson(await signConsent(key, { deed, owner: consenting, deadline }, protocol));
  if (args.out !== undefined) await writeJson(new SystemDisk(), resolve(args.out), json);
  return { json, lines: [toJson(json)] };
});

async function deadlineOf(hours: number, session: Session): Promise<bigint> {
  const time = await session.time();
  if (hours === 0) return longestDeadline(await session.protocol(), time);
  const delay = await (await session.protocol()).contracts.nodeRegistry.REASSOCIATION_DELAY();
  const seconds = BigInt(Math.round(hours * HOUR));
  if (seconds > 0n && seconds < delay) return time + seconds;
  const message = `--hours: got ${hours}, want more than 0 and less than ${formatDuration(delay)}, the re-association delay`;
  throw new KeeperError("HOURS_INVALID", message);
}
