import type { SeededRandom } from "../../keepers/core/random.js";
import type { Address, Hash } from "../../keepers/protocol/bytes.js";
import type { DecodedOracleMessage, MessageOf } from "../../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../../keepers/protocol/oracleValue.js";
import { ledgerQuorum } from "../ledger.js";
import { idOf, type MakeBehaviour, type Puppet, rightValue } from "./puppet.js";

export interface SplitterOptions {
  readonly members: readonly Address[];
  readonly byzantine: readonly Address[];
}

export interface SplitterDependencies {
  readonly random: SeededRandom;
  /** Cuts an oracle's power for a moment. */
  readonly kill: (oracle: Address) => void;
}

/** One epoch of one attempt, as the adversary sees it. */
interface Scene {
  /** Honest oracles that hear nothing of armed rounds. */
  readonly victims: readonly Address[];
  readonly leaders: readonly Address[];
  /** Who precommitted what, by round and value. */
  readonly precommits: Map<string, Set<Address>>;
  /** Rounds that are decided upon: armed or not. */
  readonly armed: Map<number, boolean>;
  /** All honest oracles but the victims locked on one value. */
  locked: boolean;
}

type InRound = MessageOf<"proposal"> | MessageOf<"prevote" | "precommit">;

/**
 * The adversary that locks are there for. It commands all Byzantine oracles and, until everything heals, which messages
 * arrive. In each epoch it picks so many honest victims that the rest, with its own votes, are just a quorum. In an armed
 * round the victims hear neither proposal nor prevotes; the others lock on the proposal, helped by its prevotes, and miss a
 * quorum of precommits, for it gives none. Once they are locked it lets a victim or a Byzantine oracle propose something else
 * that is right too: it holds the Byzantine oracles' reports, which nobody else was shown before. An oracle that has no lock,
 * forgets it when its power is cut, or believes that a quorum wanted the other value, votes for that, and two values can be
 * decided.
 */
export class Splitter {
  readonly #options: SplitterOptions;
  readonly #dependencies: SplitterDependencies;
  readonly #scenes = new Map<string, Scene>();

  constructor(options: SplitterOptions, dependencies: SplitterDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Whether the adversary keeps a message from somebody. */
  keepsBack(to: Address, { message }: DecodedOracleMessage): boolean {
    if (message.kind !== "proposal" && message.kind !== "prevote") return false;
    const scene = this.#scenes.get(placeOf(message));
    return scene !== undefined && this.#isArmed(scene, message.round) && scene.victims.includes(to);
  }

  readonly behaviour: MakeBehaviour = (puppet) => ({
    onSay: (decoded) => this.#say(puppet, decoded),
    onHear: ({ message }) => {
      const scene = this.#sceneOf(puppet);
      if (!scene) return;
      if (message.kind === "precommit") this.#note(scene, message);
      if (message.kind === "proposal") this.#answer(puppet, scene, message);
    },
  });

  #say(puppet: Puppet, { message, envelope }: DecodedOracleMessage): void {
    const scene = this.#sceneOf(puppet);
    if (!scene) return puppet.send(envelope);
    switch (message.kind) {
      case "report":
        return puppet.send(envelope, scene.locked ? undefined : scene.victims);
      case "proposal":
        return this.#propose(puppet, scene, message);
      case "prevote":
      case "precommit":
        return undefined;
      default:
        return puppet.send(envelope);
    }
  }

  /** Something right, other than what the rest is locked on; now and then as if a quorum had wanted it before. */
  #propose(puppet: Puppet, scene: Scene, message: MessageOf<"proposal">): void {
    const state = puppet.state();
    const value = (state && rightValue(puppet, state)) ?? message.value;
    const claims = message.round > 0 && this.#dependencies.random.next() < 0.5;
    const proposal = { ...message, value, validRound: claims ? message.round - 1 : undefined };
    puppet.say(proposal);
    this.#answer(puppet, scene, proposal);
  }

  #answer(puppet: Puppet, scene: Scene, proposal: MessageOf<"proposal">): void {
    const { epoch, attempt, round } = proposal;
    const vote = { epoch, attempt, sender: puppet.key.address, round };
    const valueId = idOf(proposal);
    puppet.say({ ...vote, kind: "prevote", valueId });
    puppet.say({ ...vote, kind: "precommit", valueId: this.#isArmed(scene, round) ? ZERO_HASH : valueId });
  }

  #note(scene: Scene, { sender, round, valueId }: MessageOf<"precommit">): void {
    if (scene.locked || valueId === ZERO_HASH || this.#options.byzantine.includes(sender)) return;
    const place = `${round} ${valueId}`;
    const voters = scene.precommits.get(place) ?? new Set<Address>();
    scene.precommits.set(place, voters.add(sender));
    if (voters.size < this.#kept) return;
    scene.locked = true;
    if (this.#dependencies.random.next() < 0.6) this.#cutPower([...voters]);
  }

  #cutPower(oracles: readonly Address[]): void {
    for (const oracle of oracles) if (this.#dependencies.random.next() < 0.7) this.#dependencies.kill(oracle);
  }

  /** Until the rest is locked every round is armed, then those in which one of them would propose the same again. */
  #isArmed(scene: Scene, round: number): boolean {
    const leader = scene.leaders[round % scene.leaders.length] as Address;
    const isOurs = scene.victims.includes(leader) || this.#options.byzantine.includes(leader);
    const armed = scene.armed.get(round) ?? !(scene.locked && isOurs);
    scene.armed.set(round, armed);
    return armed;
  }

  /** How many honest oracles make a quorum with all Byzantine ones. */
  get #kept(): number {
    const { members, byzantine } = this.#options;
    return ledgerQuorum(members.length) - byzantine.length;
  }

  #sceneOf(puppet: Puppet): Scene | undefined {
    const config = puppet.state()?.config;
    if (!config) return undefined;
    const place = placeOf(config);
    const known = this.#scenes.get(place);
    if (known) return known;
    const { byzantine } = this.#options;
    const victims = config.members.filter((member) => !byzantine.includes(member));
    for (let kept = 0; kept < this.#kept; kept++) victims.splice(this.#dependencies.random.integer(victims.length), 1);
    const scene: Scene = { victims, leaders: config.leaders, precommits: new Map(), armed: new Map(), locked: false };
    this.#scenes.set(place, scene);
    return scene;
  }
}

function placeOf({ epoch, attempt }: Pick<InRound, "epoch" | "attempt">): Hash {
  return `${epoch}/${attempt}`;
}
