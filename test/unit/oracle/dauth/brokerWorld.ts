import type { MqttClient } from "mqtt";
import type { ChainEvent, EventBody } from "../../../../keepers/chain/chainEvent.js";
import type { ChainListener } from "../../../../keepers/chain/chainNotification.js";
import { applyEvents, emptyState } from "../../../../keepers/chain/protocolState.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { BrokerAccess } from "../../../../keepers/oracle/dauth/brokerAccess.js";
import { type BrokerAdmin, ownCredentials } from "../../../../keepers/oracle/dauth/brokerAdmin.js";
import { BrokerWatch } from "../../../../keepers/oracle/dauth/brokerWatch.js";
import type { Credentials } from "../../../../keepers/oracle/dauth/credentials.js";
import { FollowedViews } from "../../../../keepers/oracle/dauth/followedViews.js";
import type { Address } from "../../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import type { SigningKey } from "../../../../keepers/protocol/signing.js";
import { eventAt } from "../../chain/events.js";
import { hash } from "../../chain/fakeChain.js";
import { isLetIn, rawClient } from "../../transport/clients.js";
import { domain, issue, keyOf } from "./network.js";

export const oracle = keyOf(10);
export const otherOracle = keyOf(11);
export const stranger = keyOf(12);
export const nodes = [keyOf(1).address, keyOf(2).address, keyOf(3).address] as const;
export const LIFETIME = 600;
export const REVIEW_MS = 5_000;

/** A broker that runs, and what administers it. */
export interface BrokerUnderTest {
  readonly url: string;
  readonly port: number;
  readonly admin: BrokerAdmin;
  /** Resolves when the administrator has done what there was to do. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export const ownerOf = (node: Address): Address => `0x${node.slice(12)}0000000000`;
export const deedOf = (node: Address): bigint => deedId(DeedKind.NODE, BigInt(nodes.indexOf(node) + 1));

/** A chain as its events make it, with two oracles and three licensed nodes. */
export class LivingChain {
  readonly #clock: VirtualClock;
  readonly #listeners = new Set<ChainListener>();
  #state = emptyState;
  #block = 1;

  constructor(dependencies: { readonly clock: VirtualClock }) {
    this.#clock = dependencies.clock;
    const until = this.#now + 86_400 * 365;
    this.happen(
      ...[oracle, otherOracle].map(({ address }): EventBody => ({
        type: "OracleAdded",
        oracle: address,
        owner: ownerOf(address),
      })),
      ...nodes.flatMap((node): EventBody[] => [
        { type: "OperatorApproved", operator: ownerOf(node), until, verification: 1 },
        { type: "NodeAssociated", deed: deedOf(node), node, owner: ownerOf(node), epoch: 0n },
      ]),
    );
  }

  get view() {
    const block = { number: this.#block, hash: hash(this.#block), parentHash: hash(0), timestamp: this.#now };
    return { block, state: this.#state };
  }

  subscribe(listener: ChainListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** One more block. */
  happen(...bodies: EventBody[]): void {
    this.#block += 1;
    const events: ChainEvent[] = bodies.map((body) => eventAt(this.#now, body));
    this.#state = applyEvents(this.#state, events);
    for (const listener of this.#listeners) {
      for (const event of events) listener({ type: "event", event });
      listener({ type: "block", block: this.view.block });
    }
  }

  get #now(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}

/** Everything around a broker under test. */
export class BrokerWorld {
  readonly clock = new VirtualClock();
  readonly chain = new LivingChain(this);
  readonly access: BrokerAccess;
  readonly log = memoryLogger(this.clock);
  readonly #clients: MqttClient[] = [];
  #broker: BrokerUnderTest | undefined;
  #watch: BrokerWatch | undefined;

  constructor() {
    const views = new FollowedViews({ follower: this.chain });
    views.started();
    const options = { domain, maximumSeconds: 3_600 };
    this.access = new BrokerAccess(options, { standing: views, oracles: views, clock: this.clock });
  }

  get broker(): BrokerUnderTest {
    if (this.#broker === undefined) throw new Error("no broker was started");
    return this.#broker;
  }

  use(broker: BrokerUnderTest): void {
    this.#broker = broker;
    const { admin } = broker;
    this.#watch = new BrokerWatch({ everyMs: REVIEW_MS }, { admin, follower: this.chain, clock: this.clock });
  }

  get now(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** What dAuth would give. */
  credentialsOf(node: Address, issuer = oracle, lifetime = LIFETIME): Credentials {
    return issue(domain, issuer, { node, issuedAt: this.now, expiresAt: this.now + lifetime });
  }

  /** Has the broker told, as dAuth does before it answers; whether it took the credentials. */
  async told(credentials: Credentials): Promise<boolean> {
    const taken = await this.broker.admin.grant(credentials).then(
      () => true,
      () => false,
    );
    await this.broker.settle();
    return taken;
  }

  /** A client with these credentials; `letIn` says whether the broker took it. */
  async connect({ username, password }: Partial<Credentials>, clientId = username ?? "nobody") {
    const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
    const client = rawClient(this.broker.url, { clientId, ...login });
    this.#clients.push(client);
    return { client, letIn: await isLetIn(client) };
  }

  /** A node that dAuth let in. */
  async node(node: Address, issuer = oracle): Promise<MqttClient> {
    return this.#enter(this.credentialsOf(node, issuer));
  }

  /** An oracle, or a further process of it, as it lets itself in. */
  async oracle(key: SigningKey = oracle, worker?: number): Promise<MqttClient> {
    const { clock, broker } = this;
    const { admin } = broker;
    return this.#enter(await ownCredentials({ domain, lifetimeSeconds: LIFETIME, worker }, { key, clock, admin })());
  }

  async close(): Promise<void> {
    this.#watch?.close();
    for (const client of this.#clients) client.end(true);
    await this.#broker?.close();
  }

  async #enter(credentials: Credentials): Promise<MqttClient> {
    await this.told(credentials);
    const { client, letIn } = await this.connect(credentials);
    if (!letIn) throw new Error(`${credentials.username} was not let in`);
    return client;
  }
}

/** Whether the broker grants the subscription. */
export async function isGranted(client: MqttClient, filter: string): Promise<boolean> {
  const grants = await client.subscribeAsync(filter, { qos: 1 }).catch(() => []);
  return grants.length > 0 && grants.every(({ qos }) => qos < 128);
}

/** The messages that a client gets from now on, until one under `last` came. */
export function heardUntil(client: MqttClient, last: string): Promise<string[]> {
  const topics: string[] = [];
  return new Promise((resolve) => {
    client.on("message", (topic) => {
      topics.push(topic);
      if (topic === last) resolve(topics);
    });
  });
}
