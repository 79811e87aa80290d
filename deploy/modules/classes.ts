/** A line of `ResourceCatalog`'s price list, as its constructor takes it. */
interface Listing {
  /** 1 to 11: classes; 101 to 104: GPU add-ons. Jobs name them by it, so an id is never given to something else. */
  readonly id: bigint;
  readonly name: string;
  readonly class: {
    /** US dollars per epoch and node, with 8 decimals. */
    readonly price: bigint;
    readonly milliCpu: bigint;
    readonly memoryMiB: bigint;
    readonly diskMiB: bigint;
    readonly isGpu: boolean;
    readonly isOffered: boolean;
  };
}

const MILLI = 1_000;
const MIB_PER_GIB = 1_024;
/** Prices are written in hundredths of a cent. */
const PRICE_UNIT = 10_000n;

/** What the catalog offers when it is deployed; governance changes it with `catalog:set`. */
export const PRICE_LIST: readonly Listing[] = [
  // id, name, USD / 10,000, cores, GiB of memory, GiB of disk
  ofClass(1, "MICRO", 1_000, 0.25, 0.5, 2),
  ofClass(2, "LITE", 1_667, 0.5, 1, 4),
  ofClass(3, "ENTRY", 3_750, 1, 2, 8),
  ofClass(4, "LOW1", 7_500, 2, 4, 16),
  ofClass(5, "LOW2", 10_000, 2, 8, 32),
  ofClass(6, "MED1", 19_167, 3, 12, 48),
  ofClass(7, "MED2", 29_167, 6, 14, 56),
  ofClass(8, "HIGH1", 37_500, 8, 22, 88),
  ofClass(9, "HIGH2", 53_333, 12, 30, 120),
  ofClass(10, "ULTRA1", 83_333, 16, 62, 248),
  ofClass(11, "ULTRA2", 125_000, 22, 124, 496),
  ofGpu(101, "G-ENTRY", 12_000),
  ofGpu(102, "G-MED", 24_000),
  ofGpu(103, "G-HIGH", 48_000),
  ofGpu(104, "G-ULTRA", 300_000),
];

function ofClass(id: number, name: string, price: number, cores: number, memory: number, disk: number): Listing {
  return listing(id, name, price, {
    milliCpu: BigInt(cores * MILLI),
    memoryMiB: BigInt(memory * MIB_PER_GIB),
    diskMiB: BigInt(disk * MIB_PER_GIB),
    isGpu: false,
  });
}

/** A GPU comes with a class, which brings the rest. */
function ofGpu(id: number, name: string, price: number): Listing {
  return listing(id, name, price, { milliCpu: 0n, memoryMiB: 0n, diskMiB: 0n, isGpu: true });
}

function listing(
  id: number,
  name: string,
  price: number,
  resources: Omit<Listing["class"], "price" | "isOffered">,
): Listing {
  return { id: BigInt(id), name, class: { price: BigInt(price) * PRICE_UNIT, ...resources, isOffered: true } };
}
