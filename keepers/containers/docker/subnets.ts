/** A job has at most 16 containers at a time: 8, and during an update 8 new ones. */
const SUBNET_BITS = 27;
const ADDRESS_BITS = 32;

/** How many jobs an address pool such as 198.18.0.0/16 has room for. */
export function subnetCount(pool: string): number {
  return 2 ** (SUBNET_BITS - partsOf(pool).bits);
}

/** The subnet with that number, counted round and round. */
export function subnetAt(pool: string, number: number): string {
  const address = partsOf(pool).address + (number % subnetCount(pool)) * 2 ** (ADDRESS_BITS - SUBNET_BITS);
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${bytes.join(".")}/${SUBNET_BITS}`;
}

/** @throws RangeError when it is no IPv4 range, or too small for a job */
function partsOf(pool: string): { address: number; bits: number } {
  const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(pool)?.map(Number) ?? [];
  const bytes = [a, b, c, d].map((byte) => byte ?? Infinity);
  if (bits === undefined || bits > SUBNET_BITS || bytes.some((byte) => byte > 255)) {
    throw new RangeError(`want a range of IPv4 addresses such as 198.18.0.0/16, got ${pool}`);
  }
  return { address: bytes.reduce((sum, byte) => sum * 256 + byte, 0), bits };
}
