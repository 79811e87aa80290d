import { ACTIONS } from "../actions/all.js";
import { pendingOf } from "../model/ledger.js";
import { Refused } from "../model/refusal.js";
import { currentEpoch, epochEnd, type State } from "../model/state.js";
import { allViews } from "../views/all.js";
import { show } from "./chain.js";
import { type Action, Context, type Published, type Step } from "./context.js";
import { Random } from "./random.js";
import { loadWorld, type World } from "./world.js";

const ALL_WEIGHTS = ACTIONS.reduce((sum, { weight }) => sum + weight, 0);

/** One step of a walk, as it was taken. */
interface Taken {
  readonly index: number;
  readonly action: string;
  /** The action as a person reads it. */
  readonly text: string;
  /** What contract and model say differently. */
  readonly differences: readonly string[];
}

/** How often each action succeeded and was refused, and each error was met. */
export class Tally {
  readonly done = new Map<string, number>();
  readonly refused = new Map<string, number>();
  readonly errors = new Map<string, number>();
  /** Reads that were compared. */
  compared = 0;

  count(action: string, refusal: string | undefined): void {
    const counts = refusal === undefined ? this.done : this.refused;
    counts.set(action, (counts.get(action) ?? 0) + 1);
    if (refusal !== undefined) this.errors.set(refusal, (this.errors.get(refusal) ?? 0) + 1);
  }
}

class Walk {
  readonly #seed: number;
  readonly #world: World;
  readonly #tally: Tally;
  readonly #published: Published[] = [];
  #state: State;

  constructor(seed: number, world: World, tally: Tally) {
    this.#seed = seed;
    this.#world = world;
    this.#tally = tally;
    this.#state = world.state;
  }

  /** Somebody does something, in the model and on the chain, and everything is compared. */
  async step(index: number): Promise<Taken> {
    const random = Random.ofStep(this.#seed, index);
    this.#state.now = drawTime(random, this.#state);
    const action = drawAction(random, this.#state, this.#seed + index);
    const step = action.draw(new Context(this.#state, random, this.#world.cast, this.#published));
    const differences = step ? await this.#take(action, step) : await this.#wait();
    const views = allViews(this.#state, this.#world.cast);
    this.#tally.compared += views.length;
    const all = [...differences, ...(await this.#world.chain.differences(views))];
    return { index, action: action.name, text: this.#describe(action, step), differences: all };
  }

  async #wait(): Promise<string[]> {
    await this.#world.chain.wait(this.#state.now);
    return [];
  }

  async #take(action: Action, step: Step): Promise<string[]> {
    const expected = this.#model(step);
    const actual = await this.#world.chain.send(step, this.#state.now);
    this.#tally.count(action.name, actual);
    if (actual === expected) return [];
    return [`the contract ${outcome(actual)}, the model ${outcome(expected)}`];
  }

  /** @return why the model refuses, and then it is as it was */
  #model(step: Step): string | undefined {
    const before = structuredClone(this.#state);
    try {
      step.model(this.#state);
      return undefined;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#state = before;
      return error.reason;
    }
  }

  #describe({ name }: Action, step: Step | undefined): string {
    const time = `${currentEpoch(this.#state)}+${(this.#state.now - this.#state.setting.genesis) % this.#state.setting.epochDuration} s`;
    return step
      ? `${time} ${name}: ${step.contract}.${step.call} ${show(step.args)} by ${step.sender}`
      : `${time} ${name}: nothing to do`;
  }
}

/** Where model and contracts part. */
export interface Divergence {
  readonly seed: number;
  /** The steps that lead there: their indices, for `replay`. */
  readonly indices: readonly number[];
  readonly steps: readonly Taken[];
}

/** Walks `steps` steps. @return undefined: model and contracts agree all the way */
export async function walk(seed: number, steps: number, tally = new Tally()): Promise<Divergence | undefined> {
  return replay(
    seed,
    Array.from({ length: steps }, (_, i) => i),
    tally,
  );
}

/** Takes these steps of a walk and leaves the others out. */
async function replay(seed: number, indices: readonly number[], tally: Tally): Promise<Divergence | undefined> {
  const walk = new Walk(seed, await loadWorld(seed), tally);
  const steps: Taken[] = [];
  for (const index of indices) {
    const taken = await walk.step(index);
    steps.push(taken);
    if (taken.differences.length > 0) return { seed, indices: indices.slice(0, steps.length), steps };
  }
  return undefined;
}

/** Leaves out whatever the divergence does without; replays at most `tries` times. */
export async function shrink(found: Divergence, tries: number): Promise<Divergence> {
  let best = found;
  let left = tries;
  for (let size = Math.ceil(best.indices.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.indices.length - 1 && left > 0; left--) {
      const fewer = [...best.indices.slice(0, from), ...best.indices.slice(from + size)];
      const again = await replay(best.seed, fewer, new Tally());
      if (again) best = again;
      else from += size;
    }
  }
  return best;
}

export function describe({ seed, steps }: Divergence): string {
  const lines = steps.map(({ index, text }) => `  ${index}. ${text}`);
  const differences = steps.at(-1)!.differences.map((line) => `  ${line}`);
  return [`seed ${seed}, step ${steps.at(-1)!.index}, after`, ...lines, "differ:", ...differences].join("\n");
}

/** In each fourth step the actions take turns, so that none is left out of a walk that is long enough. @param turn Counts up. */
function drawAction(random: Random, state: State, turn: number): Action {
  if (turn % 4 === 0) return ACTIONS[(turn / 4) % ACTIONS.length]!;
  const urgent = ACTIONS.filter(({ isUrgent }) => isUrgent?.(state));
  if (urgent.length > 0 && random.once(3)) return random.pick(urgent);
  let drawn = random.below(ALL_WEIGHTS);
  return ACTIONS.find(({ weight }) => (drawn -= weight) < 0)!;
}

/** Mostly soon; at times the epoch's end, or a second at which something changes, or the one before or after it. */
function drawTime(random: Random, state: State): number {
  if (random.once(9)) return epochEnd(state, currentEpoch(state)) + random.below(3_000);
  const soon = state.now + 1 + random.below(40);
  if (!random.once(6)) return soon;
  const next = random.pick(turningPoints(state)) + random.below(3) - 1;
  return next > state.now ? next : soon;
}

/** Seconds of the next two epochs at which something ends or begins. */
function turningPoints(state: State): number[] {
  const { reassociationDelay, epochDuration, pools } = state.setting;
  const all = [
    epochEnd(state, currentEpoch(state)),
    ...[pendingOf(state)?.activeFrom ?? 0],
    ...[...state.oracles.values()].flatMap(({ deadline, nextAllowed }) => [deadline, nextAllowed]),
    ...[...state.links.values()].map(({ since }) => since + reassociationDelay),
    ...[...state.operators.values()].map(({ approvedUntil }) => approvedUntil),
    ...[...state.feeds.values()].map(({ updatedAt }) => updatedAt + state.feedConfigs.sale.maxAge),
    ...pools.map(({ unlockTime }) => unlockTime),
  ];
  const near = all.filter((time) => time >= state.now && time < state.now + 2 * epochDuration);
  return near.length > 0 ? near : [state.now + 1];
}

function outcome(refusal: string | undefined): string {
  return refusal === undefined ? "accepts it" : `refuses it: ${refusal}`;
}
