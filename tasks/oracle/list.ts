import { action } from "../lib/action.js";
import { deedName } from "../lib/names.js";
import type { CommonArguments } from "../lib/session.js";
import { table } from "../lib/table.js";
import { formatTime } from "../lib/times.js";

export default action<CommonArguments>(async (_args, session) => {
  const { oracleRegistry, nodeRegistry } = (await session.protocol()).contracts;
  const [addresses, quorum] = await Promise.all([oracleRegistry.oracles(), oracleRegistry.quorum()]);
  const oracles = await session.terminal.during(`reading ${addresses.length} oracles`, () =>
    Promise.all(
      addresses.map(async (oracle) => {
        const [owner, deed, eligible, { deadline }] = await Promise.all([
          oracleRegistry.ownerOf(oracle),
          nodeRegistry.deedOf(oracle),
          oracleRegistry.isEligible(oracle),
          oracleRegistry.challengeOf(oracle),
        ]);
        const challengedUntil = deadline === 0n ? null : deadline;
        return { oracle, owner, deed: deed === 0n ? null : deedName(deed), eligible, challengedUntil };
      }),
    ),
  );
  const now = await session.time();
  const rows = oracles.map(({ oracle, owner, deed, eligible, challengedUntil }) => [
    oracle,
    owner,
    deed ?? "none",
    standing(eligible, challengedUntil, now),
  ]);
  const summary = `${oracles.length} oracles; ${quorum.toString()} signatures make a quorum.`;
  return {
    json: { oracles, quorum },
    lines: oracles.length === 0 ? [summary] : [...table(["oracle", "owner", "deed", "standing"], rows), summary],
  };
});

function standing(eligible: boolean, challengedUntil: bigint | null, now: bigint): string {
  if (!eligible) return "can be ejected";
  if (challengedUntil === null) return "in order";
  if (challengedUntil < now) return "did not answer: can be removed";
  return `challenged: has to answer until ${formatTime(challengedUntil)}`;
}
