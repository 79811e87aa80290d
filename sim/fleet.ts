import { describeError } from "../keepers/core/errors.js";
import { SeededRandom } from "../keepers/core/random.js";
import { VirtualClock } from "../keepers/core/virtualClock.js";
import type { CommitSender, EpochEvent, Observer } from "../keepers/oracle/epoch/types.js";
import type { Address, Hash } from "../keepers/protocol/bytes.js";
import { ZERO_HASH } from "../keepers/protocol/oracleValue.js";
import { keccak, SigningKey } from "../keepers/protocol/signing.js";
import { BEHAVIOURS } from "./byzantine/behaviours.js";
import { Coup } from "./byzantine/coup.js";
import type { Behaviour, MakeBehaviour, Puppet } from "./byzantine/puppet.js";
import { Splitter } from "./byzantine/splitter.js";
import { type Block, SimChain } from "./chain.js";
import { changeTransaction, genesisTransactions } from "./governance.js";
import { describe, Envelopes, signAnything } from "./messages.js";
import { Monitor, type Violation } from "./monitor.js";
import { connect, type Packet, SimNetwork } from "./network.js";
import { SimOracle } from "./oracle.js";
import { BLOCK_MS, EPOCH_SECONDS, fleetSize, GENESIS, type Plan, planOf } from "./plan.js";
import { SimReader } from "./reader.js";
import { senderTo, unwilling } from "./sender.js";
import { Supervisor } from "./supervisor.js";
import { Trace } from "./trace.js";

/** What a run came to. */
export interface Result {
  readonly seed: number;
  readonly nodes: number;
  readonly violation: Violation | undefined;
  /** Of everything that happened, in order. */
  readonly hash: string;
  readonly events: number;
  /** Blocks with a commit, those of forks that were given up included. */
  readonly commits: number;
  /** Virtual seconds from genesis to the end. */
  readonly seconds: number;
}

export interface FleetOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Gets every line of the trace. */
  readonly show?: ((line: string) => void) | undefined;
  /** Changes what chance decided. */
  readonly alter?: ((plan: Plan) => Plan) | undefined;
}

/** After everything healed, and after an epoch's end, an epoch is on the chain within this time. */
const BOUND_MS = 120_000;
const GENESIS_MS = GENESIS * 1000;

/** A whole fleet and its world for one seed. */
export class SimFleet {
  readonly plan: Plan;
  readonly clock = new VirtualClock(GENESIS_MS - 10_000);
  readonly trace: Trace;
  readonly monitor: Monitor;
  readonly chain: SimChain;
  readonly oracles: readonly SimOracle[];
  readonly #network: SimNetwork;
  readonly #random: SeededRandom;
  readonly #envelopes = new Envelopes();
  readonly #addresses: readonly Address[];
  readonly #splitter: Splitter | undefined;
  /** Commands all Byzantine oracles. */
  readonly #adversary: MakeBehaviour | undefined;
  readonly #behaviours = new Map<Address, Behaviour>();
  #commits = 0;

  constructor({ seed, nodes, show, alter = (plan) => plan }: FleetOptions) {
    const keys = Array.from({ length: fleetSize(nodes) }, (_, i) => new SigningKey(keccak(Buffer.from(`oracle ${i}`))));
    this.#addresses = keys.map(({ address }) => address);
    this.plan = alter(planOf(seed, nodes, this.#addresses));
    this.#random = new SeededRandom(`run ${seed} ${nodes}`);
    this.trace = new Trace({ show }, { clock: this.clock });
    const byzantine = this.#addresses.filter((_, i) => this.plan.oracles[i]?.byzantine);
    const members = this.#addresses.filter((_, i) => this.plan.oracles[i]?.isMember);
    this.monitor = new Monitor({ byzantine });
    if (this.plan.splitter) {
      const kill = (address: Address) => this.oracles.find(({ key }) => key.address === address)?.kill();
      this.#splitter = new Splitter({ members, byzantine }, { random: this.#random.fork(), kill });
    }
    this.chain = new SimChain(
      { blockMs: BLOCK_MS, genesis: genesisTransactions(this.#addresses, members) },
      { clock: this.clock, onBlock: (block) => this.#onBlock(block) },
    );
    this.#network = new SimNetwork(this.plan.network, {
      clock: this.clock,
      random: this.#random.fork(),
      isHealed: this.isHealed,
      isKeptBack: (packet) => this.#isKeptBack(packet),
      onDelivery: (packet) => this.#onDelivery(packet),
    });
    this.#adversary = this.#splitter?.behaviour ?? this.#coup(keys);
    this.oracles = keys.map((key, index) => this.#oracle(key, index));
  }

  readonly isHealed = (): boolean => this.#now >= this.plan.healAt;

  /** Runs until all is decided and on the chain, a promise is broken, or time is up, which breaks one too. */
  async run(): Promise<Result> {
    const { plan, clock } = this;
    this.#scheduleEvents();
    const end = Math.max(plan.healAt, plan.epochs * EPOCH_SECONDS * 1000) + BOUND_MS;
    try {
      const done = await clock.advanceUntil(() => this.#isOver(), end - this.#now);
      if (!done) this.monitor.fail("liveness", this.#describe());
    } catch (error) {
      this.trace.remark("error", () => String(error instanceof Error ? error.stack : error));
      this.monitor.fail("no crash", describeError(error));
    }
    for (const oracle of this.oracles) oracle.end();
    return {
      seed: plan.seed,
      nodes: plan.nodes,
      violation: this.monitor.violation,
      hash: this.trace.digest(),
      events: this.trace.count,
      commits: this.#commits,
      seconds: Math.round(this.#now / 1000),
    };
  }

  /** Milliseconds since genesis. */
  get #now(): number {
    return this.clock.now() - GENESIS_MS;
  }

  #scheduleEvents(): void {
    const at = (ms: number, task: () => void) => void this.clock.schedule(ms - this.#now, task);
    for (const change of this.plan.changes) {
      at(change.at, () => this.chain.submit(changeTransaction(change, this.#addresses)));
    }
    for (const { at: when, depth, replaced, loss } of this.plan.reorganisations) {
      const delays = () => (this.#random.next() < loss ? undefined : this.#random.integer(3));
      at(when, () => {
        this.trace.add("chain", `gives up ${depth} blocks`);
        this.chain.reorganise({ depth, replaced, delays });
      });
    }
  }

  #isOver(): boolean {
    if (this.monitor.violation) return true;
    return this.isHealed() && this.oracles.every((oracle) => this.#isThrough(oracle));
  }

  /** Has decided all epochs, and builds on what the chain has. Who is not in the set gets no answers, and need not follow. */
  #isThrough({ runner, follower, root, key, plan }: SimOracle): boolean {
    const { last, oracles } = this.chain.head.state;
    if (plan.byzantine || !oracles.includes(key.address)) return true;
    if (!runner || (runner.nextEpoch ?? 0n) < BigInt(this.plan.epochs)) return false;
    const seen = follower?.view.state.lastCommit;
    return seen?.root === last?.report.root && root === (last?.report.root ?? ZERO_HASH);
  }

  #describe(): string {
    const last = this.chain.head.state.last;
    const states = this.oracles.map((oracle) => {
      const { name, runner, plan, root, follower } = oracle;
      const where = `at ${String(runner?.nextEpoch)} round ${String(runner?.state?.round)} block ${String(follower?.head.number)}`;
      const place = runner ? where : "down";
      return `${name}${plan.byzantine ? ` (${plan.byzantine})` : ""} ${place} on ${root.slice(0, 8)}`;
    });
    return `the chain is at ${last ? `${last.report.epoch} ${last.report.root.slice(0, 8)}` : "none"}; ${states.join(", ")}`;
  }

  #oracle(key: SigningKey, index: number): SimOracle {
    const name = `o${index}`;
    const plan = this.plan.oracles[index] as Plan["oracles"][number];
    const { clock, trace, chain, monitor, isHealed } = this;
    const oracle: SimOracle = new SimOracle(name, key, plan, {
      clock,
      trace,
      random: this.#random.fork(),
      bus: connect(this.#network, key.address, (bytes) => this.#publish(oracle, bytes)),
      reader: new SimReader(plan.rpc, { chain, clock, random: this.#random.fork(), isHealed }),
      sender: this.#sender(name, plan.byzantine),
      observer: this.#observer(key.address, plan),
      onEvent: (event) => this.#onEvent(oracle, event, () => supervisor.onBroken()),
      onKept: (epoch, leafFile, meta) => {
        if (!plan.byzantine) monitor.onKept(name, epoch, leafFile, meta);
      },
      onDeath: () => supervisor.onDeath(),
    });
    const onStuck = (what: string) => monitor.fail("close", what);
    const supervisor = new Supervisor(oracle, { clock, isHealed, onStuck });
    if (plan.byzantine) this.#corrupt(oracle);
    return oracle;
  }

  #sender(name: string, byzantine: string | undefined): CommitSender {
    const sender = senderTo(this.chain, this.clock, (what) => this.trace.add(name, `sends the ${what}`));
    if (!byzantine) return sender;
    return unwilling(sender, () => byzantine !== "silent" && this.#random.next() < 0.3);
  }

  #coup(keys: readonly SigningKey[]): MakeBehaviour | undefined {
    const { coup: epoch, oracles } = this.plan;
    if (epoch === undefined) return undefined;
    const sender = senderTo(this.chain, this.clock, (what) => this.trace.add("coup", `sends the ${what}`));
    const dependencies = {
      entriesOf: (root: Hash) => this.monitor.entriesOf(root),
      commit: (...args: Parameters<CommitSender["commit"]>) => sender.commit(...args),
      onStrike: (root: Hash) => void (this.monitor.wrongRoot = root),
    };
    return new Coup({ epoch, keys: keys.filter((_, i) => oracles[i]?.byzantine) }, dependencies).behaviour;
  }

  #corrupt(oracle: SimOracle): void {
    const { key, plan } = oracle;
    const send = (bytes: Uint8Array, to?: readonly Address[]) => {
      this.trace.add(oracle.name, `byzantine ${describe(this.#envelopes.read(bytes))} to ${to ? to.length : "all"}`);
      this.#network.send(key.address, bytes, to);
    };
    const puppet: Puppet = {
      key,
      random: this.#random.fork(),
      others: this.#addresses.filter((address) => address !== key.address),
      state: () => oracle.runner?.state,
      send,
      say: (message, to) => send(signAnything(key, message), to),
    };
    const make = this.#adversary ?? (plan.byzantine && BEHAVIOURS[plan.byzantine]);
    if (make) this.#behaviours.set(key.address, make(puppet));
  }

  #publish({ name, key }: SimOracle, bytes: Uint8Array): void {
    const decoded = this.#envelopes.read(bytes);
    const behaviour = this.#behaviours.get(key.address);
    if (behaviour && decoded) return behaviour.onSay(decoded);
    if (decoded) this.monitor.onPublished(key.address, decoded);
    this.trace.add(name, `says ${describe(decoded)}`);
    this.#network.send(key.address, bytes);
  }

  #isKeptBack({ to, bytes }: Packet): boolean {
    const decoded = this.#splitter && this.#envelopes.read(bytes);
    return decoded !== undefined && this.#splitter?.keepsBack(to, decoded) === true;
  }

  #onDelivery({ to, bytes }: Packet): void {
    const behaviour = this.#behaviours.get(to);
    const decoded = behaviour && this.#envelopes.read(bytes);
    if (decoded) behaviour.onHear?.(decoded);
  }

  #onEvent({ name, plan, key, runner }: SimOracle, event: EpochEvent, onBroken: () => void): void {
    const attempt = runner?.state?.config.attempt ?? 0;
    this.trace.add(name, text(event));
    if (event.type === "halted" && event.why.includes("JOURNAL_BROKEN")) onBroken();
    if (plan.byzantine) return;
    if (event.type === "started") this.monitor.onStarted(key.address, event.epoch, event.oracles);
    if (event.type === "decided") this.monitor.onDecided(name, event.epoch, attempt, event.value);
  }

  #observer(me: Address, { byzantine, ineligible }: Plan["oracles"][number]): Observer {
    const lies = byzantine !== undefined && this.plan.coup === undefined;
    return {
      observe: (epoch, subjects) => {
        const seen = (what: string) => {
          if (lies) return this.#random.next() < 0.5 ? 0 : 255;
          const base = new SeededRandom(`${this.plan.seed} ${epoch} ${what}`).integer(240);
          return base + this.#random.integer(16);
        };
        const own = ineligible.includes(Number(epoch)) ? 249 : 255;
        const ofLinks = subjects.links.map(({ node }) => (node === me ? own : seen(node)));
        const bytes = Uint8Array.from([...ofLinks, ...subjects.seats.map(({ assignment }) => seen(assignment))]);
        if (!lies) this.monitor.onObserved(epoch, subjects, bytes);
        return bytes;
      },
    };
  }

  #onBlock(block: Block): void {
    this.trace.add("chain", `block ${block.number} ${block.events.map(({ type }) => type).join(" ")}`);
    for (const event of block.events) {
      if (event.type === "Settled") this.monitor.onSettled(event.jobId, event.tokenId);
      if (event.type !== "EpochCommitted") continue;
      this.#commits += 1;
      this.monitor.onCommitted(event);
    }
  }
}

function text(event: EpochEvent): string {
  return JSON.stringify(event, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
