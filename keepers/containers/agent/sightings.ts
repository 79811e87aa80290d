import type { Cancel } from "../../core/clock.js";
import type { ClassResources } from "../../protocol/jobResources.js";
import type { ContainerId, ContainerStatus, ListedContainer } from "../engine.js";
import type { SeenContainer } from "./plan.js";

/** One container of a job as it was last seen, with what is done about it. */
export interface Sighting extends SeenContainer {
  state: SeenContainer["state"];
  health: SeenContainer["health"];
  recycle: boolean;
  spent: boolean;
  status: ContainerStatus | undefined;
  /** Its next end was asked for. */
  isEnding: boolean;
  /** Start (`startedAt`) of the run whose end was reckoned with already. */
  reckoned: number | undefined;
  /** Since when it has been in good health. Milliseconds since 1970. */
  readySince: number | undefined;
  /** Ends its checks. */
  unwatch: Cancel;
}

/** A container that was just made or found. */
export function sight(
  { id, container: name, generation }: Pick<ListedContainer, "id" | "container" | "generation">,
  known: { readonly takes: ClassResources; readonly stopSeconds: number },
): Sighting {
  return {
    ...{ id, name, generation, ...known },
    state: "created",
    health: "starting",
    recycle: false,
    spent: false,
    status: undefined,
    isEnding: false,
    reckoned: undefined,
    readySince: undefined,
    unwatch: () => undefined,
  };
}

/** The sightings of one job, oldest first. */
export class Sightings {
  readonly #all = new Map<ContainerId, Sighting>();

  get all(): readonly Sighting[] {
    return [...this.#all.values()];
  }

  get running(): readonly Sighting[] {
    return this.all.filter(({ state }) => state === "running");
  }

  get(id: ContainerId): Sighting | undefined {
    return this.#all.get(id);
  }

  add(sighting: Sighting): void {
    this.#all.set(sighting.id, sighting);
  }

  drop(id: ContainerId): void {
    this.#all.get(id)?.unwatch();
    this.#all.delete(id);
  }

  /** The one that serves under a name now: the newest running one that is in good health, or else the newest running one. */
  serving(name: string): Sighting | undefined {
    const running = this.running.filter((each) => each.name === name);
    return running.findLast(({ health }) => health === "good") ?? running.at(-1);
  }
}
