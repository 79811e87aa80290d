import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 150;

/** Looks again and again until there is something; rejects with what did not happen in time. A failing look is no look. */
export async function until<T>(
  what: string,
  limitMs: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const [found, reason] = await Promise.resolve()
      .then(look)
      .then((value) => [value, ""] as const)
      .catch((error: unknown) => [undefined, `: ${String(error)}`] as const);
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`after ${limitMs / 1_000} s still not: ${what}${reason}`);
    await sleep(LOOK_MS);
  }
}
