import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Aedes, type Client } from "aedes";
import { describeError, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { installSharing } from "./brokerSharing.js";
import { PacketFraming } from "./packetFraming.js";

/** A client; the same object for as long as its connection. */
export interface BrokerClient {
  readonly id: string;
  readonly username: string | undefined;
}

/** Whether a client may connect. Throwing or rejecting means no. */
export type Authenticate = (client: BrokerClient, password: string | undefined) => boolean | Promise<boolean>;

/** Whether a client may publish under a topic, or subscribe to a filter, shared ones as a whole. Throwing means no. */
export type Authorize = (client: BrokerClient, action: "publish" | "subscribe", topic: string) => boolean;

export interface EmbeddedBrokerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** A client that announces a larger packet is cut off before the packet is read. */
  readonly maximumPacketBytes: number;
  /** Connections that may be waiting to be let in, default 1,024; beyond it the one that waits for longest is cut off. */
  readonly maximumWaiting?: number;
}

const MAXIMUM_WAITING = 1_024;

export interface EmbeddedBrokerDependencies {
  /** Default: everybody. */
  readonly authenticate?: Authenticate;
  /** Default: everything. A client that publishes what it may not is cut off; a subscription is refused. */
  readonly authorize?: Authorize;
  readonly logger?: Logger;
}

/**
 * An MQTT 3.1.1 broker inside the process. It keeps nothing for clients that are away: no retained messages, no persistent
 * sessions, no wills, so that no client can fill its memory.
 */
export class EmbeddedBroker {
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Those that were not let in yet, oldest first: however many strangers come, there is room for the next one. */
  readonly #waiting = new Set<Client["conn"]>();
  readonly #clients = new Map<string, { client: Client; facts: BrokerClient }>();
  readonly #host: string;
  #closing: Promise<void> | undefined;

  private constructor(aedes: Aedes, options: EmbeddedBrokerOptions) {
    this.#aedes = aedes;
    this.#host = options.host ?? "127.0.0.1";
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket, options));
  }

  /** Listens; rejects with `BROKER_LISTEN_FAILED`, for example when the port is taken. */
  static async start(
    options: EmbeddedBrokerOptions,
    dependencies: EmbeddedBrokerDependencies = {},
  ): Promise<EmbeddedBroker> {
    const broker = new EmbeddedBroker(
      await Aedes.createBroker({ connectTimeout: 10_000, drainTimeout: 10_000 }),
      options,
    );
    broker.#install(dependencies);
    try {
      await broker.#listen(options.port);
      return broker;
    } catch (cause) {
      await broker.close();
      const place = `${broker.#host}:${options.port}`;
      throw new KeeperError("BROKER_LISTEN_FAILED", `the MQTT broker cannot listen on ${place}`, { cause });
    }
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `mqtt://${this.#host}:${this.port}`;
  }

  get clients(): BrokerClient[] {
    return [...this.#clients.values()].map(({ facts }) => facts);
  }

  /** Cuts off the clients that `isMeant` picks, for example after their credentials were revoked; gives how many. */
  disconnect(isMeant: (client: BrokerClient) => boolean): number {
    const meant = [...this.#clients.values()].filter(({ facts }) => isMeant(facts));
    for (const { client } of meant) client.conn.destroy();
    return meant.length;
  }

  /** Cuts every client off and stops listening. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([
      stopped,
      new Promise<void>((resolve) => {
        this.#aedes.close(resolve);
      }),
    ]);
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, this.#host, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  #accept(socket: Socket, { maximumPacketBytes, maximumWaiting = MAXIMUM_WAITING }: EmbeddedBrokerOptions): void {
    this.#sockets.add(socket);
    this.#waiting.add(socket);
    if (this.#waiting.size > maximumWaiting) this.#dropOldest();
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#waiting.delete(socket);
    });
    guardPackets(socket, new PacketFraming(maximumPacketBytes));
    this.#aedes.handle(socket);
  }

  #dropOldest(): void {
    for (const oldest of this.#waiting) {
      this.#waiting.delete(oldest);
      oldest.destroy();
      return;
    }
  }

  #install({ authenticate = () => true, authorize = () => true, logger }: EmbeddedBrokerDependencies): void {
    const described = new WeakMap<Client, BrokerClient>();
    const describe = (client: Client): BrokerClient => described.get(client) ?? { id: client.id, username: undefined };
    const report = (client: Client, error: Error): void =>
      logger?.debug("an MQTT client was cut off", { client: client.id, error: describeError(error) });
    this.#aedes.on("clientError", report);
    this.#aedes.on("connectionError", report);
    this.#aedes.on("client", (client) => {
      this.#waiting.delete(client.conn);
      this.#clients.set(client.id, { client, facts: describe(client) });
    });
    this.#aedes.on("clientDisconnect", (client) => {
      if (this.#clients.get(client.id)?.client === client) this.#clients.delete(client.id);
    });
    this.#aedes.preConnect = (_client, packet, done) => {
      packet.clean = true;
      delete packet.will;
      done(null, true);
    };
    this.#aedes.authenticate = (client, username, password, done) => {
      const facts = { id: client.id, username };
      described.set(client, facts);
      void decide(() => authenticate(facts, password?.toString())).then((allowed) => done(null, allowed));
    };
    this.#aedes.authorizePublish = (client, packet, done) => {
      packet.retain = false;
      const allowed = client === null || mayPublish(authorize, describe(client), packet.topic);
      done(allowed ? null : new Error(`publishing under ${packet.topic} is not allowed`));
    };
    const sharing = installSharing(this.#aedes);
    this.#aedes.authorizeSubscribe = (client, subscription, done) => {
      if (!allows(authorize, describe(client), "subscribe", subscription.topic)) return done(null, null);
      sharing.join(client, subscription.topic);
      done(null, subscription);
    };
  }
}

/** Topics that begin with $ are the broker's own. */
function mayPublish(authorize: Authorize, client: BrokerClient, topic: string): boolean {
  return !topic.startsWith("$") && allows(authorize, client, "publish", topic);
}

function allows(authorize: Authorize, client: BrokerClient, action: "publish" | "subscribe", topic: string): boolean {
  try {
    return authorize(client, action, topic);
  } catch {
    return false;
  }
}

async function decide(question: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await question();
  } catch {
    return false;
  }
}

/** The broker takes bytes by `read()` only, so what it reads can be looked at there without another stream in between. */
function guardPackets(socket: Socket, framing: PacketFraming): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    const chunk = read(size) as Uint8Array | null;
    if (chunk === null || framing.accept(chunk)) return chunk;
    socket.destroy(new Error("an MQTT packet is too large"));
    return null;
  };
}
