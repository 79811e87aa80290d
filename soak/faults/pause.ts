import { partOf } from "./parts.js";
import type { MakeFault } from "./types.js";

/** Stopped where it stands, as by a machine that has no time for it; its connections stay open. */
export const pause: MakeFault = (victims, { target }) => {
  const part = partOf(victims, target);
  part.signal("SIGSTOP");
  return Promise.resolve(() => {
    part.signal("SIGCONT");
    return Promise.resolve();
  });
};
