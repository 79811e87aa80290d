import { join } from "node:path";
import type { ChainFollower } from "../chain/chainFollower.js";
import { standingOf } from "../chain/selectors.js";
import type { Clock } from "../core/clock.js";
import type { Disk } from "../core/disk.js";
import { Lifecycle } from "../core/lifecycle.js";
import type { Logger } from "../core/logger.js";
import { type Address, bytesToHex, type Hash } from "../protocol/bytes.js";
import { DeedKind, parseDeedId } from "../protocol/deedId.js";
import type { EpochClock } from "../protocol/epochClock.js";
import type { SigningKey } from "../protocol/signing.js";
import type { SigningDomain } from "../protocol/typedData.js";
import type { MessageBus } from "../transport/messageBus.js";
import { Guard, type GuardOptions } from "./api/guard.js";
import type { ServiceIdentity } from "./api/infoRoutes.js";
import { DeeployServer, type DeeployServerOptions } from "./api/server.js";
import { type StreamLimits, Streams } from "./api/streams.js";
import { FollowedJobs } from "./chain/followedJobs.js";
import type { EncryptionKey } from "./encryptionKey.js";
import { HeartbeatStates } from "./hearing/heartbeatStates.js";
import { OfferBook } from "./hearing/offerBook.js";
import { Access } from "./jobs/access.js";
import { Changes } from "./jobs/changes.js";
import { Commands } from "./jobs/commands.js";
import { EventFeed } from "./jobs/eventFeed.js";
import { SecretsDesk } from "./jobs/secretsDesk.js";
import { SpecDesk } from "./jobs/specDesk.js";
import { Terms } from "./jobs/terms.js";
import { Vault } from "./jobs/vault.js";
import { BusRelay } from "./relay/busRelay.js";
import { Authenticator, type ContractWallets } from "./requests/authenticator.js";
import { NonceStore } from "./requests/nonceStore.js";
import { BlobStore } from "./stores/blobStore.js";
import type { DelegateAccount, EscrowReader } from "./views.js";

export interface DeeployOptions {
  readonly chainId: bigint;
  readonly escrow: Address;
  readonly catalog: Address;
  readonly token: Address;
  readonly nodeRegistry: Address;
  readonly epochClock: EpochClock;
  /** Folder of this process alone. */
  readonly dataDir: string;
  readonly api: DeeployServerOptions;
  /** Most specifications kept. */
  readonly storedJobs: number;
  /** Requests in a minute. */
  readonly requests: GuardOptions;
  /** Milliseconds that a node has to begin its answer to a command; default 10 s. */
  readonly firstAnswerMs?: number | undefined;
}

export interface DeeployModules {
  readonly key: SigningKey;
  readonly encryption: EncryptionKey;
  /** Not started yet; Deeploy starts and closes it, and the bus too. */
  readonly follower: ChainFollower;
  readonly bus: MessageBus;
  readonly chain: EscrowReader & ContractWallets;
  /** Sends what this service's account was made a delegate for; none: wallets send everything themselves. */
  readonly delegate?: DelegateAccount | undefined;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CLOSE_TIMEOUT_MS = 2_000;
const FIRST_ANSWER_MS = 10_000;
const MAX_NONCES = 1_000_000;
/** Nodes advertise every minute. */
const OFFER_LIFETIME_MS = 180_000;
const STREAMS: StreamLimits = { total: 512, perAccount: 16 };

/** A Deeploy service at work. It holds nobody's money, and nothing that it keeps has to be believed: specifications go by their hashes. */
export class Deeploy {
  readonly #options: DeeployOptions;
  readonly #modules: DeeployModules;
  readonly #lifecycle: Lifecycle;
  #starting: Promise<string> | undefined;

  constructor(options: DeeployOptions, modules: DeeployModules) {
    this.#options = options;
    this.#modules = modules;
    this.#lifecycle = new Lifecycle({ closeTimeoutMs: CLOSE_TIMEOUT_MS }, modules);
  }

  /** Resolves with the API's URL once it listens; waits for the chain as long as it takes. */
  start(): Promise<string> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Ends within seconds, storage last. Idempotent. */
  async close(): Promise<void> {
    await this.#lifecycle.close();
  }

  async #start(): Promise<string> {
    const { follower, bus } = this.#modules;
    this.#lifecycle.onClose("message bus", () => bus.close());
    this.#lifecycle.onClose("chain follower", () => follower.close());
    await follower.start();
    const hearing = await startHearing(this.#options, this.#modules, this.#lifecycle);
    const stores = await openStores(this.#options, this.#modules, hearing.jobs, this.#lifecycle);
    const server = await createServer(this.#options, this.#modules, hearing, stores);
    this.#lifecycle.onClose("API", () => server.close());
    return server.listen();
  }
}

type Hearing = Awaited<ReturnType<typeof startHearing>>;
type Stores = Awaited<ReturnType<typeof openStores>>;

/** What chain and nodes say. */
async function startHearing(options: DeeployOptions, modules: DeeployModules, lifecycle: Lifecycle) {
  const { chainId, nodeRegistry, epochClock, firstAnswerMs = FIRST_ANSWER_MS } = options;
  const { bus, clock, logger, follower } = modules;
  const tokenOf = (node: Address): number | undefined => tokenIdOf(follower, node);
  const isNode = (node: Address): boolean => tokenOf(node) !== undefined;
  const jobs = new FollowedJobs({ follower, epochClock });
  const states = new HeartbeatStates({ chainId, nodeRegistry }, { bus, clock, logger, isNode });
  const offers = { chainId, nodeRegistry, lifetimeMs: OFFER_LIFETIME_MS };
  const inventory = new OfferBook(offers, { bus, clock, logger, tokenOf });
  const relay = new BusRelay({ domain: domainOf(options), firstAnswerMs }, { bus, clock });
  const parts = { heartbeats: states, advertisements: inventory, relay };
  for (const [name, part] of Object.entries(parts)) {
    lifecycle.onClose(name, () => part.close());
    await part.start();
  }
  return { jobs, states, inventory, relay };
}

async function openStores(
  { dataDir, storedJobs: capacity }: DeeployOptions,
  { disk, clock }: DeeployModules,
  jobs: FollowedJobs,
  lifecycle: Lifecycle,
) {
  const isNeeded = (specHash: Hash): boolean => jobs.needsSpec(specHash);
  const blobs = (name: string) => BlobStore.open({ directory: join(dataDir, name), capacity }, { disk, isNeeded });
  const nonces = await NonceStore.open({ path: join(dataDir, "nonces.log"), capacity: MAX_NONCES }, { disk, clock });
  lifecycle.onClose("nonces", () => nonces.close());
  const specs = await blobs("specs");
  lifecycle.onClose("specifications", () => specs.close());
  const sealed = await blobs("secrets");
  lifecycle.onClose("secrets", () => sealed.close());
  return { nonces, specs, sealed };
}

function createServer(
  options: DeeployOptions,
  modules: DeeployModules,
  { jobs, states, inventory, relay }: Hearing,
  stores: Stores,
): Promise<DeeployServer> {
  const { clock, logger, chain, delegate, encryption } = modules;
  const domain = domainOf(options);
  const access = new Access({ jobs, escrow: chain });
  const vault = new Vault({ store: stores.sealed, key: encryption });
  const specs = new SpecDesk({ jobs, specs: stores.specs, vault });
  const terms = new Terms(options, { jobs, escrow: chain, clock });
  const authenticator = new Authenticator({ domain }, { nonces: stores.nonces, wallets: chain, clock });
  return DeeployServer.create(options.api, {
    ...{ jobs, states, inventory, access, specs, terms, logger },
    guard: new Guard(options.requests, { authenticator }),
    changes: new Changes({ access, jobs, terms, specs, delegate }),
    commands: new Commands({ access, jobs, relay }),
    events: new EventFeed({ access, jobs, states, inventory, clock }),
    streams: new Streams(STREAMS),
    secrets: new SecretsDesk({ domain }, { access, jobs, vault, clock }),
    identity: identityOf(options, modules),
    problems: () => problemsOf(modules),
  });
}

function identityOf(options: DeeployOptions, { key, encryption }: DeeployModules): ServiceIdentity {
  const { chainId, escrow, catalog, token } = options;
  const publicKey = bytesToHex(encryption.publicKey);
  const keySignature = encryption.signedBy(key, domainOf(options));
  return { chainId, escrow, catalog, token, account: key.address, publicKey, keySignature };
}

function problemsOf({ bus, follower }: DeeployModules): string[] {
  const problems: string[] = [];
  if (!bus.connected) problems.push("there is no connection to the message broker");
  if (follower.health.failures > 0) problems.push("the chain does not answer");
  return problems;
}

function domainOf({ chainId, escrow }: DeeployOptions): SigningDomain {
  return { chainId, verifyingContract: escrow };
}

/** Of the Node Deed that a node in good standing serves: no other class takes paid jobs. */
function tokenIdOf({ view: { block, state } }: ChainFollower, node: Address): number | undefined {
  const standing = standingOf(state, node, block.timestamp);
  if (!standing.ok) return undefined;
  const { kind, tokenId } = parseDeedId(standing.deed);
  return kind === DeedKind.NODE ? Number(tokenId) : undefined;
}
