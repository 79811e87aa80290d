/** EIP-1559 fees, wei per gas. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** What the chain asks for now, wei per gas. */
export interface FeeMarket {
  readonly baseFee: bigint;
  readonly priorityFee: bigint;
}

/** Enough for six full blocks in a row (the base fee grows by an eighth each), never above `cap`. */
export function suggestFees({ baseFee, priorityFee }: FeeMarket, cap: bigint): Fees {
  const maxFeePerGas = smaller(2n * baseFee + priorityFee, cap);
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(priorityFee, maxFeePerGas) };
}

/**
 * Fees that may replace a transaction with the `previous` ones: each an eighth more, rounded up, or what the chain asks
 * for when that is more. Undefined when an eighth more is above `cap`.
 */
export function raiseFees(previous: Fees, market: FeeMarket, cap: bigint): Fees | undefined {
  const least = { fee: eighthMore(previous.maxFeePerGas), tip: eighthMore(previous.maxPriorityFeePerGas) };
  if (least.fee > cap) return undefined;
  const wanted = suggestFees(market, cap);
  const maxFeePerGas = larger(least.fee, wanted.maxFeePerGas);
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(larger(least.tip, wanted.maxPriorityFeePerGas), maxFeePerGas) };
}

/** Nodes ask for at least 10 %, some for 12.5 %; one wei more where an eighth is nothing. */
function eighthMore(fee: bigint): bigint {
  return fee + larger(1n, (fee + 7n) / 8n);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
