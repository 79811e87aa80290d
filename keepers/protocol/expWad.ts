/** One, with 18 decimals. */
export const WAD = 10n ** 18n;

const LARGEST_ZERO = -41446531673892822313n;
const OVERFLOW = 135305999368893231589n;
const FIVE_TO_18 = 5n ** 18n;
const LN_2 = 54916777467707473351141471128n; // 2^96 ln 2
const SCALE = 3822833074963236453042738258902158003155416615667n; // rational function's factor × 10^18, 2^213 / 2^96 basis

/**
 * `e^x`, both with 18 decimals, rounded down: bit for bit what the contracts compute. It is the algorithm of `expWad` in
 * Solady's FixedPointMathLib (MIT, credited there to Remco Bloemen) with its constants: x is scaled to 2^96, reduced by
 * powers of two, and put through a (6, 7)-term rational function. bigint `>>` and `/` behave as the EVM's `sar` and `sdiv`,
 * and no intermediate value leaves 256 bits.
 * @throws RangeError from 135.305999368893231589 on, where the result leaves 255 bits
 */
export function expWad(wad: bigint): bigint {
  if (wad <= LARGEST_ZERO) return 0n;
  if (wad >= OVERFLOW) throw new RangeError(`exponent ${wad}: want less than ${OVERFLOW}`);
  const scaled = (wad << 78n) / FIVE_TO_18;
  const twos = ((scaled << 96n) / LN_2 + (1n << 95n)) >> 96n;
  const x = scaled - twos * LN_2;
  const ratio = numerator(x) / denominator(x);
  return (ratio * SCALE) >> (195n - twos);
}

function numerator(x: bigint): bigint {
  const y = (((x + 1346386616545796478920950773328n) * x) >> 96n) + 57155421227552351082224309758442n;
  const p = (((y + x - 94201549194550492254356042504812n) * y) >> 96n) + 28719021644029726153956944680412240n;
  return p * x + (4385272521454847904659076985693276n << 96n);
}

function denominator(x: bigint): bigint {
  let q = x - 2855989394907223263936484059900n;
  q = ((q * x) >> 96n) + 50020603652535783019961831881945n;
  q = ((q * x) >> 96n) - 533845033583426703283633433725380n;
  q = ((q * x) >> 96n) + 3604857256930695427073651918091429n;
  q = ((q * x) >> 96n) - 14423608567350463180887372962807573n;
  return ((q * x) >> 96n) + 26449188498355588339934803723976023n;
}
