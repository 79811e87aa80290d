import type { Clock } from "./clock.js";

/** True when `work` ends, well or not, within `limitMs` milliseconds; does not wait any longer. */
export async function endsWithin(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  const outcome = Promise.withResolvers<boolean>();
  const cancel = clock.schedule(limitMs, () => outcome.resolve(false));
  const end = (): void => outcome.resolve(true);
  work.then(end, end);
  const ended = await outcome.promise;
  cancel();
  return ended;
}
