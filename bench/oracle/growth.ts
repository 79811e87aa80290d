import { leafFileBytes } from "../../keepers/protocol/leafFile.js";
import { BenchFleet } from "./fleet.js";
import { NODES } from "./nodes.js";

const SIZES = [4, 7, 10, 21];
const DEEDS = [1_000, 10_000, NODES];
const EPOCHS = [1n, 10_000n];
const FEW_DEEDS = 100;
/** For the signatures of the decided report. */
const AFTER_MS = 2_000;

/** What one epoch costs the network, by the number of oracles, of deeds and of epochs behind it: header and rows. */
export async function measureGrowth(tell: (text: string) => void): Promise<string[][]> {
  const rows: string[][] = [];
  const add = async (oracles: number, deeds: number, epoch: bigint): Promise<void> => {
    tell(`${oracles} oracles, ${deeds} deeds, epoch ${epoch}`);
    const { messages, bytes } = await trafficOf(oracles, deeds, epoch);
    const delivered = messages * (oracles - 1);
    rows.push([oracles, deeds, Number(epoch), messages, delivered, bytes, leafFileBytes(deeds)].map(grouped));
  };
  for (const oracles of SIZES) await add(oracles, FEW_DEEDS, 100n);
  for (const deeds of DEEDS) await add(4, deeds, 100n);
  for (const epoch of EPOCHS) await add(4, FEW_DEEDS, epoch);
  return [["oracles", "deeds", "epoch", "messages", "deliveries", "bytes", "leaf file"], ...rows];
}

async function trafficOf(oracles: number, deeds: number, epoch: bigint) {
  const fleet = new BenchFleet({ oracles, deeds, epoch, pollMs: 0 });
  await fleet.decide();
  await fleet.runOn(AFTER_MS);
  return fleet.traffic;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
