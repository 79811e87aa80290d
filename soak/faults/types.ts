import type { Fault } from "../plan.js";
import type { World } from "../world/world.js";

/** What faults act on. */
export type Victims = Pick<World, "parts" | "proxies" | "disks">;

/** Makes the fault; what it gives ends it, and resolves when the part is at work again. */
export type MakeFault = (victims: Victims, fault: Fault) => Promise<() => Promise<void>>;
