/** The middle value; the mean of the two middle ones of an even number. @throws RangeError for none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** CPU time that this thread used up so far, milliseconds: other processes on the machine do not count. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** CPU time of the whole process, its helper threads included, milliseconds. */
export function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** CPU time of the process while the work is done, milliseconds. */
export async function cpuOf(work: () => Promise<void> | void): Promise<number> {
  const before = processCpuMs();
  await work();
  return processCpuMs() - before;
}

export interface Pair {
  /** Milliseconds of CPU. */
  readonly baseline: number;
  readonly measured: number;
}

/** One turn: two batches of work. */
export interface Turn {
  readonly baseline: () => Promise<void> | void;
  readonly measured: () => Promise<void> | void;
}

/**
 * Runs baseline and measured work in turns, so that a machine which is slower for a while is so for both. The baseline goes
 * before and after each measured batch and counts with its mean.
 * @param turn makes the batches; what it does itself is not measured
 */
export async function inTurns(turns: number, turn: (index: number) => Promise<Turn> | Turn): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let index = 0; index < turns; index++) {
    const { baseline, measured } = await turn(index);
    const before = await cpuOf(baseline);
    const cost = await cpuOf(measured);
    pairs.push({ baseline: (before + (await cpuOf(baseline))) / 2, measured: cost });
  }
  return pairs;
}

/** Median over the rounds of how fast the measured work is compared with the baseline. */
export function speedRatio(pairs: readonly Pair[]): number {
  return median(pairs.map(({ baseline, measured }) => baseline / measured));
}

/** Median over the rounds of what the measured work costs compared with the baseline. */
export function costRatio(pairs: readonly Pair[]): number {
  return median(pairs.map(({ baseline, measured }) => measured / baseline));
}
