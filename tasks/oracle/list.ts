import { action } from "../lib/action.js";
import { deedName } from "../lib/names.js";
import type { CommonArguments } from "../lib/session.js";
import { table } from "../lib/table.js";

export default action<CommonArguments>(async (_args, session) => {
  const { oracleRegistry, nodeRegistry } = (await session.protocol()).contracts;
  const [addresses, quorum] = await Promise.all([oracleRegistry.oracles(), oracleRegistry.quorum()]);
  const oracles = await session.terminal.during(`reading ${addresses.length} oracles`, () =>
    Promise.all(
      addresses.map(async (oracle) => {
        const [owner, deed, eligible] = await Promise.all([
          oracleRegistry.ownerOf(oracle),
          nodeRegistry.deedOf(oracle),
          oracleRegistry.isEligible(oracle),
        ]);
        return { oracle, owner, deed: deed === 0n ? null : deedName(deed), eligible };
      }),
    ),
  );
  const rows = oracles.map(({ oracle, owner, deed, eligible }) => [
    oracle,
    owner,
    deed ?? "none",
    eligible ? "in order" : "can be ejected",
  ]);
  const summary = `${oracles.length} oracles; ${quorum.toString()} signatures make a quorum.`;
  return {
    json: { oracles, quorum },
    lines: oracles.length === 0 ? [summary] : [...table(["oracle", "owner", "deed", "standing"], rows), summary],
  };
});
