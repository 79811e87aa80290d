import { restoreEpoch, startEpoch } from "../../../keepers/oracle/consensus/epoch.js";
import { transition } from "../../../keepers/oracle/consensus/machine.js";
import {
  type Decided,
  type Effect,
  type EpochConfig,
  type EpochState,
  type Equivocation,
  type Event,
  type Timeout,
  type Transition,
} from "../../../keepers/oracle/consensus/types.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { type OracleMessage, reportHash, signMessage } from "../../../keepers/protocol/oracleMessages.js";
import { type SigningKey } from "../../../keepers/protocol/signing.js";
import { type Behaviour } from "./byzantine.js";
import { Monitor } from "./monitor.js";
import { CONTEXT, epochConfig, observation, oracleKeys, realLeaders, receive } from "./world.js";

export interface FleetOptions {
  readonly seed: number;
  readonly size: number;
  /** Index of an oracle → how it misbehaves. */
  readonly byzantine?: Readonly<Record<number, Behaviour>>;
  /** Until then messages are lost, cut off by partitions, and oracles crash; afterwards only delayed. Ms. */
  readonly healAt?: number;
  readonly loss?: number;
  /** Probability of a crash before any one effect. */
  readonly crash?: number;
  /** One crash of one oracle, before its n-th effect. */
  readonly crashAt?: { readonly index: number; readonly effect: number };
  /** Bytes that an oracle saw; undefined when it is not eligible. */
  readonly observed?: (index: number, random: SeededRandom) => readonly number[] | undefined;
  readonly configure?: (index: number, config: EpochConfig) => EpochConfig;
}

interface Oracle {
  readonly index: number;
  readonly key: SigningKey;
  readonly config: EpochConfig;
  readonly values: readonly number[] | undefined;
  readonly journal: Uint8Array[];
  readonly evidence: Equivocation[];
  readonly early: Event[];
  state: EpochState | undefined;
  incarnation: number;
  /** Effects performed so far. */
  performed: number;
  decided: Decided | undefined;
}

interface Planned {
  readonly at: number;
  readonly run: () => void;
}

const MAX_DELAY = 60;
const PARTITION_MS = 300;
const DEADLINE = 600_000;

/** Several machines on a virtual network: one seed, one run. Every honest one is watched by a Monitor. */
export class Fleet {
  readonly oracles: readonly Oracle[];
  readonly #options: Required<Pick<FleetOptions, "healAt" | "loss" | "crash">> & FleetOptions;
  readonly #random: SeededRandom;
  readonly #monitor = new Monitor();
  readonly #reports = new Map<string, Uint8Array>();
  readonly #plan: Planned[] = [];
  #now = 0;

  constructor(options: FleetOptions) {
    this.#options = { healAt: 0, loss: 0, crash: 0, ...options };
    this.#random = new SeededRandom(options.seed);
    const keys = oracleKeys(options.size);
    const leaders = realLeaders(keys);
    this.oracles = keys.map((key, index) => {
      const base = { ...epochConfig(keys, key), leaders };
      return {
        index,
        key,
        config: options.configure?.(index, base) ?? base,
        values: (options.observed ?? someValues)(index, this.#random),
        journal: [],
        evidence: [],
        early: [],
        state: undefined,
        incarnation: 0,
        performed: 0,
        decided: undefined,
      };
    });
  }

  get honest(): readonly Oracle[] {
    return this.oracles.filter(({ index }) => !this.#options.byzantine?.[index]);
  }

  /** Runs until every honest oracle has decided; throws, naming the seed, when a promise is broken or time is up. */
  run(): void {
    try {
      for (const oracle of this.oracles) this.#later(this.#random.integer(MAX_DELAY), () => this.#start(oracle));
      while (!this.#isOver()) this.#next();
      this.#checkValidity();
    } catch (error) {
      throw new Error(`seed ${this.#options.seed}, ${this.#options.size} oracles: ${String(error)}`, { cause: error });
    }
  }

  /** What was decided; the same for all honest oracles. */
  get decision(): Decided["decision"] {
    return this.honest[0]!.decided!.decision;
  }

  #isOver(): boolean {
    return this.honest.every(({ decided, state }) => decided && state);
  }

  #next(): void {
    const planned = this.#plan.shift();
    if (!planned) throw new Error("nothing left to happen");
    if (planned.at > DEADLINE) throw new Error(`no decision in ${DEADLINE} ms: ${this.#describe()}`);
    this.#now = planned.at;
    planned.run();
  }

  #describe(): string {
    return this.honest.map(({ state, decided }) => (decided ? "decided" : `round ${state?.round}`)).join(", ");
  }

  #later(delay: number, run: () => void): void {
    const at = this.#now + delay;
    let index = this.#plan.length;
    while (index > 0 && this.#plan[index - 1]!.at > at) index--;
    this.#plan.splice(index, 0, { at, run });
  }

  #start(oracle: Oracle): void {
    const { index, incarnation, config, journal, values } = oracle;
    const seen = values && observation(values, `salt ${index} ${incarnation}`);
    this.#perform(oracle, journal.length > 0 ? restoreEpoch(config, journal, seen) : startEpoch(config, seen));
    for (const event of oracle.early.splice(0)) this.#deliver(oracle, event);
  }

  #crash(oracle: Oracle): void {
    oracle.state = undefined;
    oracle.incarnation++;
    this.#later(this.#random.integer(500), () => this.#start(oracle));
  }

  /** A shell keeps what comes before it begins the epoch itself; what comes while it is down is lost. */
  #deliver(oracle: Oracle, event: Event): void {
    if (oracle.state) this.#perform(oracle, transition(oracle.state, event));
    else if (oracle.incarnation === 0) oracle.early.push(event);
  }

  #perform(oracle: Oracle, { state, effects }: Transition): void {
    oracle.state = state;
    for (const effect of effects) {
      if (this.#crashesNow(oracle)) return this.#crash(oracle);
      oracle.performed++;
      this.#execute(oracle, effect);
    }
  }

  #crashesNow({ index, performed, incarnation }: Oracle): boolean {
    const { crashAt, crash, healAt } = this.#options;
    if (crashAt?.index === index && crashAt.effect === performed && incarnation === 0) return true;
    return this.#now < healAt && this.#random.next() < crash;
  }

  #execute(oracle: Oracle, effect: Effect): void {
    switch (effect.type) {
      case "persist":
        return void oracle.journal.push(effect.record);
      case "broadcast":
        return this.#broadcast(oracle, effect.message);
      case "relay":
        return this.#publish(oracle, effect.envelope);
      case "schedule":
        return this.#schedule(oracle, effect.timeout, effect.ms);
      case "evidence":
        return this.#accuse(oracle, effect);
      case "decided":
        oracle.decided = effect;
        if (this.honest.includes(oracle)) this.#monitor.onDecided(oracle.config, effect);
        return;
      case "reject":
        return;
    }
  }

  #accuse(oracle: Oracle, evidence: Equivocation): void {
    oracle.evidence.push(evidence);
    const accused = this.oracles.find(({ key }) => key.address === evidence.member);
    if (accused && this.honest.includes(accused)) throw new Error(`honest oracle ${accused.index} was accused`);
  }

  #schedule(oracle: Oracle, timeout: Timeout, ms: number): void {
    const { incarnation } = oracle;
    this.#later(ms, () => {
      if (oracle.incarnation === incarnation) this.#deliver(oracle, { type: "timeout", timeout });
    });
  }

  #broadcast(oracle: Oracle, message: OracleMessage): void {
    const behaviour = this.#options.byzantine?.[oracle.index];
    if (!behaviour) {
      this.#monitor.onBroadcast(message, oracle.journal);
      return this.#publish(oracle, this.#sign(oracle.key, message));
    }
    const keys = this.oracles.map(({ key }) => key);
    for (const said of behaviour({ message, key: oracle.key, keys, random: this.#random })) {
      const envelope = said.envelope ?? this.#sign(oracle.key, said.message!);
      this.#publish(oracle, envelope, said.to);
    }
  }

  #sign(key: SigningKey, message: OracleMessage): Uint8Array {
    if (message.kind === "report") this.#reports.set(reportHash(CONTEXT, message), message.bytes);
    return signMessage(key, CONTEXT, message);
  }

  /** To everybody, or to some; always to oneself, at once. */
  #publish(from: Oracle, envelope: Uint8Array, to?: readonly number[]): void {
    const decoded = receive(envelope);
    if (!decoded) return;
    const event: Event = { type: "message", decoded };
    const { incarnation } = from;
    this.#later(0, () => {
      if (from.incarnation === incarnation) this.#deliver(from, event);
    });
    for (const oracle of this.oracles) {
      if (oracle === from || (to && !to.includes(oracle.index))) continue;
      const copies = this.#random.next() < 0.1 ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) this.#send(from, oracle, event);
    }
  }

  #send(from: Oracle, to: Oracle, event: Event): void {
    if (this.#now < this.#options.healAt) {
      if (this.#random.next() < this.#options.loss || this.#isCutOff(from.index, to.index)) return;
    }
    this.#later(1 + this.#random.integer(MAX_DELAY), () => this.#deliver(to, event));
  }

  /** Before healing, every other window has its own partition into two sides. */
  #isCutOff(a: number, b: number): boolean {
    const window = Math.floor(this.#now / PARTITION_MS);
    if (window % 2 === 0) return false;
    const sides = new SeededRandom(`${this.#options.seed} ${window}`).bytes(this.oracles.length);
    return sides[a]! % 2 !== sides[b]! % 2;
  }

  #checkValidity(): void {
    const honest = this.honest.flatMap(({ values }) => (values ? [Uint8Array.from(values)] : []));
    this.#monitor.checkValidity(this.honest[0]!.decided!, honest, this.#reports);
  }
}

/** Honest oracles see nearly the same. */
function someValues(_index: number, random: SeededRandom): number[] {
  return Array.from({ length: 5 }, (_, link) => 240 - 40 * link + random.integer(12));
}
