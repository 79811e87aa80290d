import type { Fault, FaultKind } from "../plan.js";
import type { World } from "../world/world.js";
import { disk } from "./disk.js";
import { kill } from "./kill.js";
import { pause } from "./pause.js";
import { rpc } from "./rpc.js";
import type { MakeFault } from "./types.js";

const MAKERS: Readonly<Record<FaultKind, MakeFault>> = { kill, pause, rpc, disk };

export interface StormDependencies {
  readonly tell: (line: string) => void;
}

/**
 * Carries the plan out, one fault after the other for each part. Resolves when all are over and everything is at work again; rejects
 * then when a fault could not be made or ended.
 */
export async function storm(world: World, faults: readonly Fault[], { tell }: StormDependencies): Promise<void> {
  const { clock, signal } = world;
  const begin = clock.now();
  const lines = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  for (const fault of faults) {
    await clock.sleep(Math.max(0, begin + fault.at - clock.now()), signal);
    const before = lines.get(fault.target) ?? Promise.resolve();
    lines.set(
      fault.target,
      before.then(() => disturb(world, fault, tell)).catch((error: unknown) => void failures.push(error)),
    );
  }
  await Promise.all(lines.values());
  if (failures.length > 0) throw failures[0];
}

async function disturb(world: World, fault: Fault, tell: (line: string) => void): Promise<void> {
  const { target, kind, mode, forMs } = fault;
  const { journal, clock, signal } = world;
  // What has not been started yet, or has no disk of its own here, is left alone.
  if (!isThere(world, fault)) return;
  const harmed = [target, ...(world.dependents.get(target) ?? [])];
  const endings = harmed.map((part) => journal.begin(part, kind));
  journal.count(target, kind);
  tell(`${[kind, target, mode].filter((part) => part !== undefined).join(" ")} for ${(forMs / 1_000).toFixed(1)} s`);
  const end = await MAKERS[kind](world, fault);
  try {
    await clock.sleep(forMs, signal);
  } finally {
    await end();
    for (const isOver of endings) isOver();
  }
}

function isThere({ parts, proxies, disks }: World, { kind, target }: Fault): boolean {
  if (kind === "rpc") return proxies.has(target);
  return kind === "disk" ? disks.has(target) : parts.has(target);
}
