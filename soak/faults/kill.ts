import { partOf } from "./parts.js";
import type { MakeFault } from "./types.js";

/** Ended without a farewell, and started again on the same disk. */
export const kill: MakeFault = async (victims, { target }) => {
  const part = partOf(victims, target);
  await part.kill();
  return () => part.start();
};
