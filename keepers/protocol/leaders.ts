import { type Address, ByteWriter } from "./bytes.js";
import { type OracleContext } from "./oracleMessages.js";
import { checkAscending } from "./oracleValue.js";
import { keccak } from "./signing.js";

/** What the order of an epoch's leaders is drawn from: the same for every oracle. */
export interface LeaderInputs extends OracleContext {
  readonly epoch: bigint;
  /** The oracle set at the epoch's links block, strictly ascending. */
  readonly oracles: readonly Address[];
  /** Those whose last decided own availability was below 250. */
  readonly unreliable: ReadonlySet<Address>;
}

/**
 * Who leads which round: round `r` belongs to `order[r mod n]`. Within a span of `n` epochs each oracle leads round 0
 * exactly once, in an order nobody chose; unreliable ones come last, for they cost everybody a time-out.
 * @throws EncodingError when the oracles are not strictly ascending; RangeError when there are none
 */
export function leaderOrder(inputs: LeaderInputs): Address[] {
  const { oracles, epoch, unreliable } = inputs;
  if (oracles.length === 0) throw new RangeError("leaders: the oracle set is empty");
  checkAscending(oracles);
  const size = BigInt(oracles.length);
  const drawn = permutation(inputs, epoch / size);
  const first = Number(epoch % size);
  const rotated = [...drawn.slice(first), ...drawn.slice(0, first)];
  return [
    ...rotated.filter((oracle) => !unreliable.has(oracle)),
    ...rotated.filter((oracle) => unreliable.has(oracle)),
  ];
}

/** Fisher–Yates, drawing for each index from the last one down. */
function permutation({ chainId, ledger, oracles }: LeaderInputs, span: bigint): Address[] {
  const order = [...oracles];
  for (let index = order.length - 1; index > 0; index--) {
    const seed = new ByteWriter().ascii("R1/leaders/1").u64(chainId).address(ledger).u64(span).u32(index);
    const other = Number(uint256(keccak(seed.toBytes())) % BigInt(index + 1));
    [order[index], order[other]] = [order[other] as Address, order[index] as Address];
  }
  return order;
}

function uint256(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}
