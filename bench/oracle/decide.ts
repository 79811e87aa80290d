import { BenchFleet } from "./fleet.js";
import { NODES } from "./nodes.js";

const ORACLES = 21;
const EPOCH = 100n;

/** Seconds from the epoch's end until all oracles that live have decided, the first `dead` leaders being dead. */
export async function measureDecision(dead: number, tell: (text: string) => void): Promise<number> {
  tell("warming up: 4 oracles");
  await new BenchFleet({ oracles: 4, deeds: NODES, epoch: EPOCH }).decide();
  tell(`${ORACLES} oracles, ${NODES} deeds, ${dead} leaders dead`);
  const fleet = new BenchFleet({ oracles: ORACLES, deeds: NODES, epoch: EPOCH });
  await fleet.decide(fleet.leaders.slice(0, dead));
  const times = [...fleet.decidedAfterMs.values()].map((ms) => ms / 1_000);
  const span = `${Math.min(...times).toFixed(2)} to ${Math.max(...times).toFixed(2)} s`;
  tell(
    `decided ${span} after the epoch's end; computing took up to ${(fleet.mostComputedMs / 1_000).toFixed(2)} s of it`,
  );
  return Math.max(...times);
}
