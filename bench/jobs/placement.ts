import { place } from "../../keepers/placement/place.js";
import { NodePool } from "../../keepers/placement/pool.js";
import type { JobDemand, NodeOffer, Resources } from "../../keepers/placement/types.js";
import { median, threadCpuMs } from "../oracle/statistics.js";

const NODES = 10_000;
const JOBS = 1_000;
const SEED = `0x${"5e".repeat(32)}`;
const COUNTRIES = ["RO", "DE", "FR", "US", "JP", "BR"];
const TAGS = ["ssd", "fast", "quiet"];
const LARGE: Resources = { milliCpu: 22_000, memoryMiB: 126_976, diskMiB: 507_904, gpus: 1 };
/** From MICRO to MED1, as jobs are: most are small. */
const CLASSES: readonly Resources[] = [
  { milliCpu: 250, memoryMiB: 512, diskMiB: 2_048, gpus: 0 },
  { milliCpu: 500, memoryMiB: 1_024, diskMiB: 4_096, gpus: 0 },
  { milliCpu: 1_000, memoryMiB: 2_048, diskMiB: 8_192, gpus: 0 },
  { milliCpu: 3_000, memoryMiB: 12_288, diskMiB: 49_152, gpus: 0 },
];

/** Seconds of CPU, the median of `runs`, to place 1,000 jobs of one to ten places on a network of 10,000 nodes. */
export function measurePlacement(runs: number, tell: (text: string) => void): number {
  const offers = Array.from({ length: NODES }, (_, index) => offerOf(index));
  const demands = Array.from({ length: JOBS }, (_, index) => demandOf(index));
  const seconds = Array.from({ length: runs }, () => {
    const before = threadCpuMs();
    const pool = new NodePool(offers);
    const placed = demands.filter((demand) => place(SEED, demand, pool).placed).length;
    const spent = (threadCpuMs() - before) / 1_000;
    if (placed < JOBS) throw new Error(`only ${placed} of ${JOBS} jobs were placed: that is another task`);
    tell(`${placed} jobs over ${NODES} nodes in ${spent.toFixed(3)} s`);
    return spent;
  });
  return median(seconds);
}

/** Eight nodes to an owner; each with one tag at least, and its own load and reputation. */
function offerOf(index: number): NodeOffer {
  return {
    tokenId: index + 1,
    owner: `0x${(index >> 3).toString(16).padStart(40, "0")}`,
    isBusiness: index % 3 === 0,
    country: COUNTRIES[index % COUNTRIES.length] as string,
    tags: TAGS.slice(0, 1 + ((index >> 4) % TAGS.length)),
    capacity: LARGE,
    reputation: 10_000 - (index % 700),
    load: (index * 37) % 10_000,
  };
}

/** One in four wants a country, one in five a tag, one in seven a business, one in eight a node for each owner. */
function demandOf(index: number): JobDemand {
  const count = 1 + (index % 10);
  return {
    jobId: BigInt(index + 1),
    count,
    least: count,
    resources: CLASSES[index % CLASSES.length] as Resources,
    tags: index % 5 === 0 ? ["fast"] : [],
    countries: index % 4 === 0 ? ["RO", "DE"] : [],
    needsBusiness: index % 7 === 0,
    excluded: index % 3 === 0 ? [index + 1, index + 2] : [],
    preferred: index % 9 === 0 ? [5 * index + 1] : [],
    distinctOwners: index % 8 === 0,
    owners: [],
  };
}
