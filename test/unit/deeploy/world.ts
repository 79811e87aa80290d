import { hexlify, randomBytes, Wallet } from "ethers";
import { Guard } from "../../../keepers/deeploy/api/guard.js";
import { DeeployServer } from "../../../keepers/deeploy/api/server.js";
import { Streams } from "../../../keepers/deeploy/api/streams.js";
import { EncryptionKey } from "../../../keepers/deeploy/encryptionKey.js";
import { Access } from "../../../keepers/deeploy/jobs/access.js";
import { Changes } from "../../../keepers/deeploy/jobs/changes.js";
import { Commands } from "../../../keepers/deeploy/jobs/commands.js";
import { EventFeed } from "../../../keepers/deeploy/jobs/eventFeed.js";
import { SecretsDesk } from "../../../keepers/deeploy/jobs/secretsDesk.js";
import { SpecDesk } from "../../../keepers/deeploy/jobs/specDesk.js";
import { Terms } from "../../../keepers/deeploy/jobs/terms.js";
import { Vault } from "../../../keepers/deeploy/jobs/vault.js";
import { BusRelay } from "../../../keepers/deeploy/relay/busRelay.js";
import { Authenticator, type ContractWallets } from "../../../keepers/deeploy/requests/authenticator.js";
import { NonceStore } from "../../../keepers/deeploy/requests/nonceStore.js";
import { BlobStore } from "../../../keepers/deeploy/stores/blobStore.js";
import type {
  Call,
  CatalogClass,
  DelegateAccount,
  EscrowReader,
  Inventory,
  Job,
  JobEvent,
  JobsView,
  OfferedNode,
  ServiceState,
  ServiceStates,
  StateChange,
} from "../../../keepers/deeploy/views.js";
import { SystemClock } from "../../../keepers/core/clock.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { deeployRequestData, REQUEST_HEADERS, requestBodyHash } from "../../../keepers/protocol/deeployRequest.js";
import type { JobSpecInput } from "../../../keepers/protocol/jobSpec.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { MemoryHub } from "../../../keepers/transport/memoryBus.js";

export const domain = { chainId: 31_337n, verifyingContract: `0x${"e5".repeat(20)}` };
export const token = `0x${"10".repeat(20)}`;
export const owner = new Wallet(`0x${"01".repeat(32)}`);
export const delegate = new Wallet(`0x${"02".repeat(32)}`);
export const stranger = new Wallet(`0x${"03".repeat(32)}`);
export const nodeKey = new SigningKey(`0x${"04".repeat(32)}`);
export const otherNodeKey = new SigningKey(`0x${"05".repeat(32)}`);
export const serviceKey = `0x${"06".repeat(32)}`;
export const hash = (digits: string): string => `0x${digits.repeat(64 / digits.length)}`;
export const addressOf = ({ address }: { address: string }): string => address.toLowerCase();

const micro = { milliCpu: 250, memoryMiB: 512, diskMiB: 2_048 };

/** A specification that fits the class 1. */
export function sampleSpec(changes: Partial<JobSpecInput> = {}): JobSpecInput {
  const container = { name: "web", image: "busybox:1", milliCpu: 100, memoryMiB: 64 };
  return { version: 1, name: "hello", containers: [container], ...changes };
}

export function seat(jobId: bigint, tokenId: number, from = 3n, to?: bigint): Job["seats"][number] {
  return { tokenId, assignment: serviceId(jobId, deedId(DeedKind.NODE, BigInt(tokenId))), from, to };
}

export function sampleJob(changes: Partial<Job> = {}): Job {
  return {
    ...{ jobId: 7n, owner: addressOf(owner), specHash: hash("a1"), classId: 1, gpu: 0, nodes: 2, epochs: 30 },
    ...{ start: 3n, rate: 1_000n, deposit: 60_000n, sequence: 1, isOver: false },
    seats: [seat(7n, 11), seat(7n, 12)],
    ...changes,
  };
}

/** The chain as a test writes it. */
export class FakeChain implements JobsView, EscrowReader, ContractWallets {
  epoch = 5n;
  readonly jobs = new Map<bigint, Job>();
  readonly classes: CatalogClass[] = [
    { classId: 1, name: "MICRO", price: 10_000_000n, ...micro, isGpu: false, isOffered: true },
    {
      classId: 101,
      name: "G-ENTRY",
      price: 120_000_000n,
      milliCpu: 0,
      memoryMiB: 0,
      diskMiB: 0,
      isGpu: true,
      isOffered: true,
    },
  ];
  readonly nodes = new Map([
    [11, nodeKey.address],
    [12, otherNodeKey.address],
  ]);
  /** By delegate. */
  readonly rights = new Map<string, number>();
  rate: bigint | undefined = 1_000n;
  /** Accounts whose contract takes a signature of this text. */
  readonly contractWallets = new Map<string, string>();
  readonly listeners = new Set<(event: JobEvent) => void>();

  job(jobId: bigint): Job | undefined {
    return this.jobs.get(jobId);
  }

  jobsOf(account: string): readonly Job[] {
    return [...this.jobs.values()].filter((job) => job.owner === account);
  }

  needsSpec(specHash: string): boolean {
    return [...this.jobs.values()].some((job) => job.specHash === specHash && !job.isOver);
  }

  nodeOf(tokenId: number): string | undefined {
    return this.nodes.get(tokenId);
  }

  onEvent(_jobId: bigint, listener: (event: JobEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  async rightsOf(_owner: string, account: string): Promise<number> {
    return this.rights.get(account) ?? 0;
  }

  async rateOf(): Promise<bigint | undefined> {
    return this.rate;
  }

  async isValidSignature(account: string, _digest: string, signature: string): Promise<boolean> {
    return this.contractWallets.get(account) === signature;
  }
}

/** What nodes say, as a test writes it. */
export class FakeNodes implements ServiceStates, Inventory {
  readonly states = new Map<string, ServiceState>();
  readonly offers: OfferedNode[] = [];
  readonly listeners = new Set<(change: StateChange) => void>();

  stateOf(node: string, assignment: string): ServiceState | undefined {
    return this.states.get(node + assignment);
  }

  onChange(listener: (change: StateChange) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  get nodes(): readonly OfferedNode[] {
    return this.offers;
  }

  offerOf(node: string): OfferedNode | undefined {
    return this.offers.find((offer) => offer.node === node);
  }
}

export class FakeDelegate implements DelegateAccount {
  readonly address = new SigningKey(serviceKey).address;
  readonly sent: Call[] = [];

  async send(_label: string, call: Call): Promise<{ txHash: string }> {
    this.sent.push(call);
    return { txHash: hash("77") };
  }
}

interface SignedInit {
  readonly body?: unknown;
  /** Over what is sent, to make a request that does not hold. */
  readonly headers?: Record<string, string>;
  readonly nonce?: string;
  readonly expiresAt?: number;
  readonly account?: string;
  readonly signal?: AbortSignal;
}

/** A Deeploy API over real HTTP, on a chain, nodes and a disk in memory. */
export class DeeployWorld {
  readonly clock = new SystemClock();
  readonly disk = new MemoryDisk();
  readonly chain = new FakeChain();
  readonly nodes = new FakeNodes();
  readonly delegate = new FakeDelegate();
  readonly encryption = new EncryptionKey(new SigningKey(serviceKey));
  readonly log = memoryLogger(this.clock);
  readonly hub = new MemoryHub({ maximumPayloadBytes: 64 * 1024, outgoingLimit: 100 }, { clock: this.clock });
  url = "";
  #close: () => Promise<void> = () => Promise.resolve();

  async start({
    perAddress = 1_000,
    perAccount = 1_000,
    perAccountStreams = 4,
    firstAnswerMs = 5_000,
  } = {}): Promise<void> {
    const { chain, clock, disk, nodes, delegate, encryption } = this;
    const isNeeded = (specHash: string): boolean => chain.needsSpec(specHash);
    const nonces = await NonceStore.open({ path: "data/nonces.log", capacity: 1_000 }, { disk, clock });
    const specStore = await BlobStore.open({ directory: "data/specs", capacity: 3 }, { disk, isNeeded });
    const sealed = await BlobStore.open({ directory: "data/secrets", capacity: 3 }, { disk, isNeeded });
    const bus = this.hub.connect("deeploy");
    const relay = new BusRelay({ domain, firstAnswerMs }, { bus, clock });
    await relay.start();
    const access = new Access({ jobs: chain, escrow: chain });
    const vault = new Vault({ store: sealed, key: encryption });
    const specs = new SpecDesk({ jobs: chain, specs: specStore, vault });
    const terms = new Terms({ escrow: domain.verifyingContract, token }, { jobs: chain, escrow: chain, clock });
    const authenticator = new Authenticator({ domain }, { nonces, wallets: chain, clock });
    const key = new SigningKey(serviceKey);
    const server = await DeeployServer.create(
      { host: "127.0.0.1", port: 0, trustProxy: false },
      {
        ...{ access, specs, terms, jobs: chain, states: nodes, inventory: nodes, logger: this.log.logger },
        guard: new Guard({ perAddress, perAccount }, { authenticator }),
        changes: new Changes({ access, jobs: chain, terms, specs, delegate }),
        commands: new Commands({ access, jobs: chain, relay }),
        events: new EventFeed({ access, jobs: chain, states: nodes, inventory: nodes, clock }),
        streams: new Streams({ total: 100, perAccount: perAccountStreams }),
        secrets: new SecretsDesk({ domain }, { access, jobs: chain, vault, clock }),
        identity: {
          ...{ chainId: domain.chainId, escrow: domain.verifyingContract, catalog: token, token, account: key.address },
          publicKey: bytesToHex(encryption.publicKey),
          keySignature: encryption.signedBy(key, domain),
        },
        problems: () => [],
      },
    );
    this.url = await server.listen();
    this.#close = async () => {
      await server.close();
      await relay.close();
      await bus.close();
      for (const store of [nonces, specStore, sealed]) await store.close();
    };
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** A request that a wallet signed. */
  async signed(wallet: Wallet, method: string, path: string, init: SignedInit = {}): Promise<Response> {
    const body = init.body === undefined ? undefined : JSON.stringify(init.body);
    const request = {
      account: init.account ?? addressOf(wallet),
      method,
      path,
      bodyHash: requestBodyHash(new TextEncoder().encode(body ?? "")),
      nonce: init.nonce ?? hexlify(randomBytes(32)),
      expiresAt: init.expiresAt ?? Math.floor(this.clock.now() / 1_000) + 60,
    };
    const data = deeployRequestData(domain, request);
    const headers = {
      [REQUEST_HEADERS.account]: request.account,
      [REQUEST_HEADERS.nonce]: request.nonce,
      [REQUEST_HEADERS.expiresAt]: request.expiresAt.toString(),
      [REQUEST_HEADERS.signature]: await wallet.signTypedData(data.domain, data.types, data.value),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...init.headers,
    };
    return fetch(this.url + path, {
      ...{ method, headers },
      ...(body === undefined ? {} : { body }),
      ...(init.signal === undefined ? {} : { signal: init.signal }),
    });
  }

  /** Status, and the code of a failure or the whole answer. */
  async outcome(response: Promise<Response>): Promise<[number, unknown]> {
    const { status, ok, body } = await response.then(async (got) => ({
      ...{ status: got.status, ok: got.ok, body: (await got.json()) as { code?: string } },
    }));
    return [status, ok ? body : body.code];
  }
}
