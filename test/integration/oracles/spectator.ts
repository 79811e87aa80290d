import mqtt, { type MqttClient } from "mqtt";

import {
  decodeMessage,
  messageSigner,
  type OracleContext,
  type OracleMessage,
} from "../../../keepers/protocol/oracleMessages.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";

/** A message as it went over the broker, its signature found to be its sender's. */
export interface Heard {
  readonly message: OracleMessage;
  /** Of everything that is signed. */
  readonly digest: string;
}

type Watcher = (heard: Heard) => void;

/** For a broker that does not let everybody in. */
export interface SpectatorLogin {
  readonly username?: string;
  readonly password?: string;
}

const RECONNECT_MS = 50;

/** Reads along what all oracles say, as the broker's administrator may. */
export class Spectator {
  readonly heard: Heard[] = [];
  /** Messages that were not what they have to be. */
  readonly malformed: string[] = [];
  readonly context: OracleContext;
  readonly #client: MqttClient;
  readonly #watchers = new Set<Watcher>();

  private constructor(context: OracleContext, client: MqttClient) {
    this.context = context;
    this.#client = client;
    client.on("message", (_topic, payload) => this.#hear(payload));
  }

  /** Resolves once it hears. Comes back by itself when the broker was away. */
  static async join(url: string, context: OracleContext, login: SpectatorLogin = {}): Promise<Spectator> {
    const client = await mqtt.connectAsync(url, { clientId: "spectator", reconnectPeriod: RECONNECT_MS, ...login });
    const spectator = new Spectator(context, client);
    await client.subscribeAsync(`r1/${context.chainId}/oracle/+`, { qos: 1 });
    return spectator;
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  /** Calls back in the very moment in which the first message that `matches` is heard. */
  once(matches: (message: OracleMessage) => boolean, then: (message: OracleMessage) => void): void {
    const watcher: Watcher = ({ message }) => {
      if (!matches(message)) return;
      this.#watchers.delete(watcher);
      then(message);
    };
    this.#watchers.add(watcher);
  }

  /**
   * Pairs of different things that one oracle signed where it may sign one only: a seal and a report for an attempt at an
   * epoch, a proposal and a vote of each kind for a round of it, and one report on chain for the epoch.
   */
  contradictions(): string[] {
    const first = new Map<string, string>();
    const found: string[] = [];
    for (const { message, digest } of this.heard) {
      const place = placeOf(message);
      if (place === undefined) continue;
      const said = message.kind === "signature" ? message.reportDigest : digest;
      const before = first.get(place) ?? said;
      first.set(place, before);
      if (before !== said) found.push(`${place}: ${before} and ${said}`);
    }
    return [...new Set(found)];
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #hear(payload: Uint8Array): void {
    try {
      const { message, ...decoded } = decodeMessage(Uint8Array.from(payload), this.context);
      if (messageSigner({ message, ...decoded }) !== message.sender) throw new Error(`not signed by ${message.sender}`);
      const heard = { message, digest: bytesToHex(decoded.digest) };
      this.heard.push(heard);
      for (const watcher of [...this.#watchers]) watcher(heard);
    } catch (error) {
      this.malformed.push(String(error));
    }
  }
}

/** Where that may be said only once; undefined for what may be said in many ways. */
function placeOf(message: OracleMessage): string | undefined {
  const { kind, sender, epoch, attempt } = message;
  const place = `${kind} of ${sender} in epoch ${epoch}`;
  switch (kind) {
    case "signature":
      return place;
    case "seal":
    case "report":
      return `${place}, attempt ${attempt}`;
    case "proposal":
    case "prevote":
    case "precommit":
      return `${place}, attempt ${attempt}, round ${message.round}`;
    default:
      return undefined;
  }
}
