import { found } from "./parts.js";
import type { MakeFault } from "./types.js";

/** The keeper's disk is full. */
export const disk: MakeFault = async ({ disks }, { target }) => {
  const filled = found(disks.get(target), target);
  await filled.fill();
  return () => filled.empty();
};
