import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { type LogEntry, memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { Secret } from "../../../keepers/core/secret.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import type { SessionRequestOptions, SessionSource, Verdict } from "../../../keepers/node/dauthClient.js";
import type { NodeSession } from "../../../keepers/node/session.js";
import { createNode, type EdgeNode, type NodeModules, type NodeOptions } from "../../../keepers/node/node.js";
import type { Credentials } from "../../../keepers/node/sessionKeeper.js";
import { decodeHeartbeat, heartbeatTopic } from "../../../keepers/protocol/heartbeat.js";
import { deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { type MemoryBus, MemoryHub } from "../../../keepers/transport/memoryBus.js";
import { domain, owner } from "./testOracle.js";

export const key = new SigningKey(`0x${"42".repeat(32)}`);
export const deed = deedId(DeedKind.NODE, 5n);
export const lifeSeconds = 600;

/** Oracles as a script: granted unless told otherwise. */
export class ScriptedOracles implements SessionSource {
  /** What every question leads to, until changed. */
  mode: "grant" | "down" | { readonly refuse: string } = "grant";
  brokerUrl = "mqtt://one";
  readonly askedAt: number[] = [];
  /** Which questions wanted another oracle than the last. */
  readonly elsewhere: boolean[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async request({ elsewhere = false }: SessionRequestOptions = {}): Promise<Verdict> {
    this.askedAt.push(this.#clock.now());
    this.elsewhere.push(elsewhere);
    if (this.mode === "down") throw new Error("every oracle is down");
    if (this.mode === "grant") return { kind: "granted", oracle: "http://oracle", session: this.#session() };
    return { kind: "refused", refusal: { code: this.mode.refuse, message: "no", oracle: "http://oracle" } };
  }

  #session(): NodeSession {
    return {
      node: key.address,
      deed,
      owner,
      brokerUrl: this.brokerUrl,
      username: key.address,
      password: new Secret(`password-${this.askedAt.length}`),
      expiresAt: Math.floor(this.#clock.now() / 1_000) + lifeSeconds,
      epoch: { genesis: 1_700_000_000, duration: 86_400, slotSeconds: 20 },
      heartbeat: { intervalMs: 10_000, freshBlocks: 256 },
      oracles: [],
    };
  }
}

export interface NodeRig {
  readonly clock: VirtualClock;
  readonly disk: MemoryDisk;
  readonly entries: LogEntry[];
  readonly oracles: ScriptedOracles;
  readonly hub: MemoryHub;
  readonly node: EdgeNode;
  /** When heartbeats arrived. */
  readonly heardAt: number[];
  readonly sequences: bigint[];
  /** Buses that the node opened, with the broker and a way to ask for credentials as a reconnection would. */
  readonly connections: { readonly url: string; readonly bus: MemoryBus; credentials(): Promise<Credentials> }[];
}

/** A node on a virtual clock with scripted oracles, a broker in memory and a chain that has a block every second. */
export async function createNodeRig(
  options: Partial<NodeOptions> = {},
  modules: Partial<NodeModules> = {},
): Promise<NodeRig> {
  const clock = new VirtualClock();
  const disk = new MemoryDisk();
  const { logger, entries } = memoryLogger(clock);
  const oracles = new ScriptedOracles(clock);
  const hub = new MemoryHub({ maximumPayloadBytes: 4_096, outgoingLimit: 16 }, { clock });
  const connections: NodeRig["connections"] = [];
  const heardAt: number[] = [];
  const sequences: bigint[] = [];
  await hub.connect("oracle").subscribe(heartbeatTopic(domain.chainId, key.address), (_topic, payload) => {
    heardAt.push(clock.now());
    sequences.push(decodeHeartbeat(payload.slice()).heartbeat.sequence);
  });
  const node = createNode(
    {
      chainId: domain.chainId,
      nodeRegistry: domain.verifyingContract,
      dataDir: "/data",
      blockRefreshMs: 4_000,
      maximumBlockAgeMs: 120_000,
      backoff: { baseMs: 1_000, maximumMs: 60_000 },
      ...options,
    },
    {
      key,
      sessions: oracles,
      blocks: { latest: async () => ({ number: 7, hash: `0x${"ab".repeat(32)}`, timestamp: clock.now() / 1_000 }) },
      connectBus: (url, credentials) => {
        const bus = hub.connect(url);
        connections.push({ url, bus, credentials });
        return bus;
      },
      disk,
      clock,
      random: new SeededRandom(1),
      logger,
      ...modules,
    },
  );
  return { clock, disk, entries, oracles, hub, node, heardAt, sequences, connections };
}

/** Starts the node, giving it at most ten virtual seconds; gives the error when it did not start. */
export async function startNode({ node, clock }: NodeRig): Promise<Error | undefined> {
  let outcome: { error: Error | undefined } | undefined;
  node.start().then(
    () => (outcome = { error: undefined }),
    (error: unknown) => (outcome = { error: error as Error }),
  );
  await clock.advanceUntil(() => outcome !== undefined, 10_000);
  return outcome === undefined ? new Error("it is still starting") : outcome.error;
}
