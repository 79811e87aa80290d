import { setTimeout as sleep } from "node:timers/promises";

import secp256k1 from "secp256k1";

import { SeededRandom } from "../../keepers/core/random.js";
import { decodeHeartbeat, heartbeatTopic } from "../../keepers/protocol/heartbeat.js";
import type { SigningKey } from "../../keepers/protocol/signing.js";
import { MemorySlotStore } from "../../keepers/storage/memorySlotStore.js";
import type { MessageBus, MessageHandler, Unsubscribe } from "../../keepers/transport/messageBus.js";
import { startBroker } from "./broker.js";
import { connectBus } from "./bus.js";
import { openEars } from "./hearing.js";
import type { LoadHandlers } from "./loadWorker.js";
import { CHAIN_ID, EPOCH_CLOCK, heartbeatAt, keyBytes, linksOf, nodeKeys, NODES, START_MS } from "./nodes.js";
import { inTurns, speedRatio } from "./statistics.js";
import { Worker } from "./workers.js";

const BATCH = 2_000;
/** Prime to the number of nodes. */
const STRIDE = 17;
const LOST_MS = 10_000;
const SLOT_MS = EPOCH_CLOCK.slotSeconds * 1_000;

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** What native verification needs, ready to use: nothing but the check itself is its cost. */
interface Check {
  readonly signature: Uint8Array;
  readonly digest: Uint8Array;
  readonly publicKey: Uint8Array;
}

/**
 * How fast heartbeats get from the broker's socket to their slot, compared with libsecp256k1 verifying the same signatures with
 * the public keys at hand. All nodes are known and in the tables, each batch is of nodes drawn from all of them, and every
 * heartbeat counts.
 */
export async function measureIngestRatio(turns: number, tell: (text: string) => void): Promise<number> {
  tell(`making ${NODES} nodes`);
  const keys = nodeKeys();
  const publicKeys = keys.map((_, index) => secp256k1.publicKeyCreate(keyBytes("node", index), false));
  const broker = await startBroker();
  const load = await Worker.start<LoadHandlers>("loadWorker");
  const bus = await connectBus(broker.url, "ears");
  try {
    await load.call("connect", { url: broker.url, connections: 1 });
    const ears = await listen(keys, bus);
    tell("hearing every node once");
    for (let first = 0; first < NODES; first += BATCH) {
      const messages = keys.slice(first, first + BATCH).map((key) => messageOf(key, ears.now()));
      await load.call("prepare", messages);
      await ears.hear(messages.length, () => load.call("burst", undefined));
    }
    const random = new SeededRandom("ingest");
    const pairs = await inTurns(turns, async (turn) => {
      if (turn % 10 === 0) tell(`batch ${turn} of ${turns}, through ${broker.name}`);
      ears.nextSlot();
      const first = random.integer(NODES);
      const chosen = Array.from({ length: BATCH }, (_, i) => (first + i * STRIDE) % NODES);
      const messages = chosen.map((index) => messageOf(keys[index] as SigningKey, ears.now()));
      const checks = messages.map(({ payload }, i) => checkOf(payload, publicKeys[chosen[i] as number] as Uint8Array));
      await load.call("prepare", messages);
      return {
        baseline: () => verifyAll(checks),
        measured: () => ears.hear(BATCH, () => load.call("burst", undefined)),
      };
    });
    return speedRatio(pairs);
  } finally {
    await bus.close();
    await load.end();
    await broker.close();
  }
}

async function listen(keys: readonly SigningKey[], bus: MessageBus) {
  let now = START_MS;
  let expected = 0;
  let arrived = 0;
  let heard = Promise.withResolvers<undefined>();
  const subscribe = (filter: string, handler: MessageHandler): Promise<Unsubscribe> =>
    bus.subscribe(filter, (topic, payload) => {
      handler(topic, payload);
      arrived += 1;
      if (arrived === expected) heard.resolve(undefined);
    });
  const slots = new MemorySlotStore({ slotsPerEpoch: EPOCH_CLOCK.slotsPerEpoch, maximumNodes: 65_536 });
  const links = linksOf(keys.map(({ address }) => address));
  const { ingest } = openEars(links, { bus: { subscribe }, slots, clock: { now: () => now } });
  await ingest.start();
  return {
    now: () => now,
    nextSlot: () => {
      now += SLOT_MS;
    },
    /** Resolves once that many messages, which `send` makes come, were heard and all counted. */
    hear: async (count: number, send: () => Promise<unknown>): Promise<void> => {
      const before = ingest.counters.ACCEPTED;
      heard = Promise.withResolvers();
      expected = arrived + count;
      await send();
      await Promise.race([heard.promise, sleep(LOST_MS, undefined, { ref: false })]);
      if (ingest.counters.ACCEPTED - before === count) return;
      throw new Error(`not all of ${count} heartbeats counted: ${JSON.stringify(ingest.counters)}`);
    },
  };
}

function messageOf(key: SigningKey, now: number): Message {
  return { topic: heartbeatTopic(CHAIN_ID, key.address), payload: heartbeatAt(key, now) };
}

function checkOf(payload: Uint8Array, publicKey: Uint8Array): Check {
  const { signature, digest } = decodeHeartbeat(payload);
  return { signature: signature.slice(0, 64), digest, publicKey };
}

function verifyAll(checks: readonly Check[]): void {
  for (const { signature, digest, publicKey } of checks) {
    if (!secp256k1.ecdsaVerify(signature, digest, publicKey)) throw new Error("a signature does not verify");
  }
}
