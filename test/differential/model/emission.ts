/**
 * What deeds mine, from the formulas of `docs/protocol.md` and `docs/contracts.md`. Wei, every division rounded down.
 *
 * The logistic curve needs e^x. The contract's value is a rational approximation (R. Bloemen's, in Solady) that is off by up to
 * 1e-18 of e^x, which is a million wei of a large deed: so a model that is to agree to the wei has to compute that
 * approximation. It is written anew here, and `emission.test.ts` holds it to a series for e^x.
 */

/** Availability byte of an epoch without a gap. */
const FULL = 255n;
export const WAD = 10n ** 18n;
const STEEPNESS = 10n;
/** Month 22 of a vesting from epoch 223 to epoch 900. */
const INFLECTION = [437n, 677n] as const;

/** `allocation × x / duration`. @param cumulative Credited bytes: 255 an epoch. */
export function linear(allocation: bigint, duration: bigint, cumulative: bigint): bigint {
  return cumulative >= FULL * duration ? allocation : (allocation * cumulative) / (FULL * duration);
}

/** `allocation × (E − 1)/(E + B) × (e^k + B)/(e^k − 1)`, `E = e^(k·x/duration)`, `B = e^(k·m)`. */
export function logistic(allocation: bigint, duration: bigint, cumulative: bigint): bigint {
  if (cumulative >= FULL * duration) return allocation;
  const atEnd = exp(STEEPNESS * WAD);
  const atInflection = exp((STEEPNESS * INFLECTION[0] * WAD) / INFLECTION[1]);
  const scale = ((atEnd + atInflection) * WAD) / (atEnd - WAD);
  const here = exp((STEEPNESS * cumulative * WAD) / (FULL * duration));
  const mined = (((allocation * (here - WAD)) / (here + atInflection)) * scale) / WAD;
  return mined > allocation ? allocation : mined;
}

/** Fixed point with 96 binary digits. */
const BITS = 96n;
const LN_2 = 54_916_777_467_707_473_351_141_471_128n;
/** What is left to multiply with after the quotient: the approximation's own factor, and from 2^96 back to 10^18. */
const FACTOR = 3_822_833_074_963_236_453_042_738_258_902_158_003_155_416_615_667n;

/** The denominator, highest power first and that one 1, by Horner's rule. */
const DENOMINATOR = [
  -2_855_989_394_907_223_263_936_484_059_900n,
  50_020_603_652_535_783_019_961_831_881_945n,
  -533_845_033_583_426_703_283_633_433_725_380n,
  3_604_857_256_930_695_427_073_651_918_091_429n,
  -14_423_608_567_350_463_180_887_372_962_807_573n,
  26_449_188_498_355_588_339_934_803_723_976_023n,
];

/** e^x, both with 18 decimals, for x from 0 to 135. */
export function exp(x: bigint): bigint {
  const scaled = (x << 78n) / 5n ** 18n;
  const halvings = ((scaled << BITS) / LN_2 + (1n << (BITS - 1n))) >> BITS;
  // From here on between ±½·ln 2: e^x = e^rest × 2^halvings.
  const rest = scaled - halvings * LN_2;
  const quotient = numerator(rest) / horner(rest, DENOMINATOR);
  return (quotient * FACTOR) >> (195n - halvings);
}

function horner(at: bigint, [first, ...others]: readonly bigint[]): bigint {
  return others.reduce((sum, coefficient) => ((sum * at) >> BITS) + coefficient, at + first!);
}

/** Of degree 6, factored to save multiplications, and with twice as many binary digits. */
function numerator(at: bigint): bigint {
  const inner = horner(at, [1_346_386_616_545_796_478_920_950_773_328n, 57_155_421_227_552_351_082_224_309_758_442n]);
  const outer = inner + at - 94_201_549_194_550_492_254_356_042_504_812n;
  const product = ((outer * inner) >> BITS) + 28_719_021_644_029_726_153_956_944_680_412_240n;
  return product * at + (4_385_272_521_454_847_904_659_076_985_693_276n << BITS);
}
