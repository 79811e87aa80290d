import { setTimeout as sleep } from "node:timers/promises";

import type { Address } from "../../keepers/protocol/bytes.js";
import { heartbeatTopic } from "../../keepers/protocol/heartbeat.js";
import type { SigningKey } from "../../keepers/protocol/signing.js";
import type { MessageBus } from "../../keepers/transport/messageBus.js";
import { connectBus } from "./bus.js";
import { CHAIN_ID, heartbeatAt, nodeKeys, START_MS } from "./nodes.js";
import { serve } from "./workers.js";

export interface LoadResult {
  readonly published: number;
  /** How late a heartbeat was sent at worst, milliseconds. */
  readonly latestMs: number;
}

export const BEAT_MS = 10_000;
const TICK_MS = 5;
/** Messages handed to the socket before waiting for it. */
const WINDOW = 500;

let buses: readonly MessageBus[] = [];
let keys: readonly SigningKey[] = [];
/** One after the other in the order of sending: all nodes' first heartbeats, evenly over ten seconds, then their second… */
let heartbeats: Uint8Array[] = [];
let prepared: readonly { topic: string; payload: Uint8Array }[] = [];

const handlers = {
  /** Gives the nodes' addresses. */
  make: ({ nodes }: { nodes: number }): Address[] => {
    keys = nodeKeys(nodes);
    return keys.map(({ address }) => address);
  },

  /** After signing: a broker hangs up on who computes for a minute without a word. */
  connect: async ({ url, connections }: { url: string; connections: number }): Promise<void> => {
    const open = (_: unknown, index: number): Promise<MessageBus> => connectBus(url, `load-${index}`);
    buses = await Promise.all(Array.from({ length: connections }, open));
  },

  /** Signs everything that will be sent, so that nothing but sending is left. */
  sign: ({ beats }: { beats: number }): void => {
    heartbeats = Array.from({ length: beats * keys.length }, (_, index) => {
      return heartbeatAt(keys[index % keys.length] as SigningKey, START_MS + dueAt(index));
    });
  },

  /** Sends every heartbeat when it is due. */
  send: async (): Promise<LoadResult> => {
    const topics = keys.map(({ address }) => heartbeatTopic(CHAIN_ID, address));
    const begunAt = performance.now();
    let latestMs = 0;
    let next = 0;
    while (next < heartbeats.length) {
      const now = performance.now() - begunAt;
      latestMs = Math.max(latestMs, now - dueAt(next));
      for (; next < heartbeats.length && dueAt(next) <= now; next++) {
        const bus = buses[next % buses.length] as MessageBus;
        void bus.publish(topics[next % keys.length] as string, heartbeats[next] as Uint8Array);
      }
      await sleep(TICK_MS);
    }
    return { published: next, latestMs };
  },

  /** Messages for the next `burst`. */
  prepare: (messages: readonly { topic: string; payload: Uint8Array }[]): void => {
    prepared = messages;
  },

  /** Sends what was prepared as fast as the socket takes it. */
  burst: async (): Promise<void> => {
    for (const [index, { topic, payload }] of prepared.entries()) {
      const sent = buses[0]?.publish(topic, payload);
      if (index % WINDOW === WINDOW - 1) await sent;
    }
  },
};

export type LoadHandlers = typeof handlers;

/** Milliseconds after the start. */
function dueAt(index: number): number {
  return (index / keys.length) * BEAT_MS;
}

serve(handlers);
