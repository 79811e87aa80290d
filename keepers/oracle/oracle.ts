import { commitsAt } from "../chain/activation.js";
import { describeError } from "../core/errors.js";
import { Lifecycle } from "../core/lifecycle.js";
import type { ProtocolState } from "../chain/protocolState.js";
import type { Address } from "../protocol/bytes.js";
import type { SlotStore } from "../storage/slotStore.js";
import type { MessageDesk } from "./epoch/messageDesk.js";
import type { EpochEvent, EpochListener } from "./epoch/types.js";
import type { VotingLog } from "./epoch/votingLog.js";
import type { IngestCounters } from "./ingest/ingest.js";
import { EpochWatch } from "./metrics/epochWatch.js";
import { readAssigningMetrics } from "./metrics/assigningMetrics.js";
import { createOracleMetrics, type OracleMetrics, readOracleMetrics } from "./metrics/oracleMetrics.js";
import type { OracleModules, OracleOptions } from "./options.js";
import { noAdmin } from "./dauth/brokerAdmin.js";
import { startAdministering } from "./parts/administering.js";
import { type Agreeing, startAgreeing } from "./parts/agreeing.js";
import { startAnswering } from "./parts/answering.js";
import { type Assigning, startAssigning } from "./parts/assigning.js";
import { startBeating } from "./parts/beating.js";
import { type Hearing, ingestGroup, startHearing } from "./parts/hearing.js";
import type { Prober } from "./probing/prober.js";
import type { ServiceDesk } from "./service/serviceDesk.js";
import type { ServiceSlots } from "./service/serviceSlots.js";
import type { MessageTally } from "./validation/tally.js";
import { startProbing } from "./parts/probing.js";
import { startServing } from "./parts/serving.js";
import { openStorage, type OracleStorage } from "./parts/storage.js";

export type OraclePhase = "starting" | "waiting" | "collecting" | "propose" | "prevote" | "precommit" | "halted";

export interface OracleStatus {
  readonly oracle: Address;
  /** The running epoch by this machine's clock, and the next one to be decided. */
  readonly epoch: bigint;
  readonly deciding: bigint | undefined;
  readonly phase: OraclePhase;
  /** −1 outside the rounds. */
  readonly round: number;
  readonly lastCommitted: bigint | undefined;
  /** The last epoch that can be claimed against; the one after it may be committed, and can still be disproved. */
  readonly lastActive: bigint | undefined;
  /** Ended epochs that are not on the chain yet. */
  readonly lag: number;
  readonly block: number | undefined;
  readonly rpcFailures: number;
  readonly connected: boolean;
  /** Nodes with a licence. */
  readonly nodes: number;
  readonly heartbeats: IngestCounters | undefined;
  /** Assignments of deeds to jobs, now or from the next epoch on. */
  readonly seats: number;
  /** What nodes said of them, by state. */
  readonly services: ServiceDesk["counters"] | undefined;
  /** Visits of what jobs publish, by what came of them. */
  readonly probes: Prober["counters"] | undefined;
  /** Other oracles' messages by verdict. */
  readonly messages: MessageTally["byVerdict"] | undefined;
}

/** An oracle at work: hears nodes, agrees with the other oracles on every epoch, commits, and serves proofs. */
export interface Oracle {
  /** Resolves once it follows the chain, votes, answers and beats; waits for chain and broker as long as it takes. */
  start(): Promise<void>;
  /** Where the API listens; undefined before the start. */
  readonly apiUrl: string | undefined;
  readonly status: OracleStatus;
  /** Slots of an epoch in which this oracle heard a node. */
  slotsHeard(epoch: bigint, node: Address): number;
  /** Calls the listener for every step of every epoch until the function given back is called. */
  onEvent(listener: EpochListener): () => void;
  /** Ends within seconds: falls silent first, closes its storage last. Idempotent. */
  close(): Promise<void>;
}

export function createOracle(options: OracleOptions, modules: OracleModules): Oracle {
  return new ComposedOracle(options, modules);
}

const CLOSE_TIMEOUT_MS = 2_000;
/** Epochs whose slots stay, the running one included: an epoch is scored after its end. */
const KEPT_SLOT_EPOCHS = 3n;

class ComposedOracle implements Oracle {
  readonly #options: OracleOptions;
  readonly #modules: OracleModules;
  readonly #lifecycle: Lifecycle;
  readonly #listeners = new Set<EpochListener>();
  readonly #metrics: OracleMetrics;
  #starting: Promise<void> | undefined;
  #slots: SlotStore | undefined;
  #log: VotingLog | undefined;
  #hearing: Hearing | undefined;
  #services: ServiceSlots | undefined;
  #prober: Prober | undefined;
  #agreeing: Agreeing | undefined;
  #assigning: Assigning | undefined;
  #apiUrl: string | undefined;

  constructor(options: OracleOptions, modules: OracleModules) {
    this.#options = options;
    this.#modules = modules;
    this.#lifecycle = new Lifecycle({ closeTimeoutMs: CLOSE_TIMEOUT_MS }, modules);
    this.#metrics = modules.metrics ?? createOracleMetrics();
    this.#measure();
  }

  get apiUrl(): string | undefined {
    return this.#apiUrl;
  }

  get status(): OracleStatus {
    const { key, bus } = this.#modules;
    return {
      ...this.#chainStatus(),
      ...this.#agreementStatus(),
      oracle: key.address,
      connected: bus.connected,
      nodes: this.#hearing?.links.links.length ?? 0,
      heartbeats: this.#hearing?.ingest?.counters,
      seats: this.#hearing?.seats.size ?? 0,
      services: this.#hearing?.services.counters,
      probes: this.#prober?.counters,
    };
  }

  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  slotsHeard(epoch: bigint, node: Address): number {
    return this.#slots?.count(epoch, node) ?? 0;
  }

  onEvent(listener: EpochListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#lifecycle.close();
  }

  async #start(): Promise<void> {
    try {
      await this.#compose();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** What is registered first is closed last. */
  async #compose(): Promise<void> {
    const { follower, bus, broker } = this.#modules;
    const parts = [this.#options, this.#modules] as const;
    this.#lifecycle.signal.throwIfAborted();
    const storage = await openStorage(...parts, this.#lifecycle);
    this.#slots = storage.slots;
    this.#services = storage.services;
    this.#log = storage.log;
    this.#lifecycle.onClose("bus", () => bus.close());
    this.#lifecycle.onClose("broker administration", () => broker?.admin.close());
    this.#lifecycle.onClose("chain", () => follower.close());
    await follower.start();
    startAdministering(this.#modules, this.#lifecycle);
    const group = this.#options.redisUrl === undefined ? undefined : ingestGroup(this.#modules.key.address);
    this.#hearing = await startHearing({ ...this.#options, group }, this.#modules, storage, this.#lifecycle);
    const notify = (event: EpochEvent) => this.#notify(event);
    this.#agreeing = await startAgreeing(...parts, storage, this.#hearing, this.#lifecycle, notify);
    startAnswering(...parts, this.#lifecycle);
    await this.#assign(storage, this.#hearing);
    this.#prober = startProbing(...parts, storage, this.#assigning, this.#lifecycle);
    const monitor = { status: () => this.status, problems: () => this.#problems(), metrics: this.#metrics };
    this.#apiUrl = await startServing(...parts, storage, this.#hearing, monitor, this.#lifecycle);
    await startBeating(...parts, this.#lifecycle);
  }

  async #assign(storage: OracleStorage, hearing: Hearing): Promise<void> {
    const { jobs: options } = this.#options;
    const { jobs: modules } = this.#modules;
    if (options === undefined || modules === undefined) return;
    const parts = [
      { ...this.#options, ...options },
      { ...this.#modules, ...modules },
    ] as const;
    this.#assigning = await startAssigning(...parts, storage, hearing, this.#lifecycle);
  }

  #agreementStatus(): Pick<OracleStatus, "deciding" | "phase" | "round" | "messages"> {
    const { runner } = this.#agreeing ?? {};
    const round = runner?.state?.round ?? -1;
    return { deciding: runner?.nextEpoch, phase: this.#phase(), round, messages: runner?.desk.tally.byVerdict };
  }

  #chainStatus(): Pick<OracleStatus, "epoch" | "lastCommitted" | "lastActive" | "lag" | "block" | "rpcFailures"> {
    const { clock, follower } = this.#modules;
    const epoch = this.#options.epochClock.epochAt(clock.now() / 1_000);
    const view = this.#hearing && follower.view;
    const lastCommitted = view?.state.lastCommit?.epoch;
    const lag = Math.max(0, Number(epoch - 1n - (lastCommitted ?? -1n)));
    const lastActive = view && commitsAt(view.state, this.#options.activationDelay, view.block.timestamp).active?.epoch;
    const block = view?.block.number;
    return { epoch, lastCommitted, lastActive, lag, block, rpcFailures: follower.health.failures };
  }

  #notify(event: EpochEvent): void {
    if (event.type === "started" && event.epoch >= KEPT_SLOT_EPOCHS) {
      this.#prune(event.epoch - KEPT_SLOT_EPOCHS + 2n);
    }
    for (const listener of this.#listeners) listener(event);
  }

  #measure(): void {
    const { clock, follower, key } = this.#modules;
    this.#listeners.add(new EpochWatch({ metrics: this.#metrics, clock }).onEvent);
    const view = () => (this.#hearing ? follower.view : undefined);
    const sources = {
      status: () => this.status,
      messages: () => this.#agreeing?.runner.desk.tally.entries ?? [],
      peers: () => peersOf(key.address, view()?.state, this.#agreeing?.runner.desk),
      rpc: () => follower.health,
      blockTime: () => view()?.block.timestamp,
      isHalted: () => this.#log?.failure !== undefined,
      slotProblem: () => this.#slots?.problem ?? this.#services?.problem,
      now: () => clock.now(),
    };
    readAssigningMetrics(this.#metrics, () => this.#assigning);
    readOracleMetrics(this.#metrics, sources, this.#options.epochClock.duration * 1_000);
  }

  #prune(before: bigint): void {
    this.#slots?.prune(before).catch((error: unknown) => {
      this.#modules.logger.warn("old heartbeat slots stay on disk", { error: describeError(error) });
    });
  }

  #phase(): OraclePhase {
    if (!this.#agreeing) return "starting";
    if (this.#log?.failure !== undefined) return "halted";
    const { state } = this.#agreeing.runner;
    if (!state || state.decision) return "waiting";
    return state.round < 0 ? "collecting" : state.step;
  }

  #problems(): string[] {
    const { connected, rpcFailures, lag, phase } = this.status;
    const { problem: ofBroker } = this.#modules.broker?.admin ?? noAdmin;
    const problems = [
      connected ? undefined : "not connected to the broker",
      ofBroker,
      rpcFailures > 0 ? `the last ${rpcFailures} looks at the chain failed` : undefined,
      this.#slots?.problem,
      this.#services?.problem,
      lag > 1 ? `${lag} ended epochs are not on the chain yet` : undefined,
      this.#challengeProblem(),
      phase === "halted"
        ? "the voting log cannot be written, or nothing be signed: this oracle does not vote"
        : undefined,
    ];
    return problems.filter((problem) => problem !== undefined);
  }

  #challengeProblem(): string | undefined {
    const { follower, key } = this.#modules;
    const deadline = this.#hearing && follower.view.state.challenges.get(key.address);
    if (deadline === undefined) return undefined;
    const until = new Date(deadline * 1_000).toISOString();
    return `this oracle is challenged: without an answer by ${until} anybody can remove it`;
  }
}

function peersOf(me: Address, state: ProtocolState | undefined, desk: MessageDesk | undefined) {
  const others = (state?.oracles ?? []).map(({ address }) => address).filter((address) => address !== me);
  return others.map((oracle) => ({ oracle, heardAt: desk?.heardAt(oracle) }));
}
