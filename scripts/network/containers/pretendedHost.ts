import { MemoryEngine } from "../../../keepers/containers/memoryEngine.js";
import type { Clock } from "../../../keepers/core/clock.js";
import type { ContainerHost } from "./types.js";

const IMAGE = "r1-pretended:1";

/** @param why there are no real ones, for people */
export function pretendedHost(why: string, { clock }: { readonly clock: Clock }): ContainerHost {
  return {
    kind: "none",
    sentence: `no Docker Engine: containers are only pretended, by a mock (${why})`,
    image: IMAGE,
    engineFor: () => {
      const engine = new MemoryEngine({}, { clock });
      engine.addImage(IMAGE);
      return engine;
    },
    close: () => Promise.resolve(),
  };
}
