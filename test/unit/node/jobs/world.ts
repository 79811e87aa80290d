import { MemoryEngine } from "../../../../keepers/containers/memoryEngine.js";
import { MemoryDisk } from "../../../../keepers/core/memoryDisk.js";
import { type LogEntry, memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { NodeJobs, type NodeJobsOptions } from "../../../../keepers/node/jobs/nodeJobs.js";
import type { AssignedJob, JobChain, JobChange } from "../../../../keepers/node/jobs/types.js";
import {
  type Advertisement,
  advertisementTopic,
  decodeAdvertisement,
} from "../../../../keepers/protocol/advertisement.js";
import { bytesToHex, type Hash, hexToBytes } from "../../../../keepers/protocol/bytes.js";
import { deedId, DeedKind, type DeedId } from "../../../../keepers/protocol/deedId.js";
import {
  type DeeployRequest,
  deeployRequestDigest,
  requestBodyHash,
} from "../../../../keepers/protocol/deeployRequest.js";
import type { ClassResources } from "../../../../keepers/protocol/jobResources.js";
import { encodeJobSpec, hashJobSpec, type JobSpecInput, parseJobSpec } from "../../../../keepers/protocol/jobSpec.js";
import {
  answerTopic,
  type CommandAnswer,
  commandTopic,
  decodeAnswer,
  encodeCommand,
  type SignedCommand,
} from "../../../../keepers/protocol/nodeCommand.js";
import { encodeSecrets, type JobSecrets, sealTo, secretsRequestData } from "../../../../keepers/protocol/secrets.js";
import { recoverPublicKey, SigningKey } from "../../../../keepers/protocol/signing.js";
import { type SigningDomain, typedDataDigest } from "../../../../keepers/protocol/typedData.js";
import { MemoryHub } from "../../../../keepers/transport/memoryBus.js";

export const key = new SigningKey(`0x${"42".repeat(32)}`);
export const owner = new SigningKey(`0x${"51".repeat(32)}`);
export const stranger = new SigningKey(`0x${"52".repeat(32)}`);
export const chainId = 31_337n;
export const tokenId = 5;
export const domain: SigningDomain = { chainId, verifyingContract: `0x${"99".repeat(20)}` };

/** A chain as a script. */
export class ScriptedChain implements JobChain {
  readonly jobEscrow = domain.verifyingContract;
  readonly fromBlock = 10;
  block = 100;
  isAway = false;
  /** Most blocks that it answers for at once. */
  mostBlocks = Infinity;
  readonly jobs = new Map<bigint, AssignedJob>();
  readonly classes = new Map<number, ClassResources>([[1, { milliCpu: 1_000, memoryMiB: 1_024, diskMiB: 4_096 }]]);
  readonly rights = new Map<string, number>();
  readonly contracts = new Map<string, string>();
  readonly asked: string[] = [];
  readonly #log: (JobChange & { readonly block: number })[] = [];

  /** Puts a job as it is from the next block on. */
  assign(
    job: Pick<AssignedJob, "jobId" | "specHash"> & Partial<AssignedJob>,
    joining: readonly number[] = [tokenId],
  ): void {
    const rest = { owner: owner.address, classId: 1, gpu: 0, to: 1_000n, seat: 0 };
    this.jobs.set(job.jobId, { ...rest, ...job });
    this.happen(job.jobId, joining);
  }

  happen(jobId: bigint, tokenIds: readonly number[] = []): void {
    this.block += 1;
    this.#log.push({ jobId, tokenIds, block: this.block });
  }

  async head(): Promise<number> {
    this.#check("head");
    return this.block;
  }

  async changes(from: number, to: number): Promise<readonly JobChange[]> {
    this.#check(`changes ${from} ${to}`);
    if (to - from + 1 > this.mostBlocks) throw new Error("too many blocks");
    return this.#log.filter(({ block }) => block >= from && block <= to);
  }

  async assignment(jobId: bigint): Promise<AssignedJob> {
    this.#check(`assignment ${jobId}`);
    return this.jobs.get(jobId)!;
  }

  async classOf(classId: number): Promise<ClassResources | undefined> {
    this.#check(`class ${classId}`);
    return this.classes.get(classId);
  }

  async rightsOf(of: string, delegate: string): Promise<number> {
    this.#check("rights");
    return of === owner.address ? (this.rights.get(delegate) ?? 0) : 0;
  }

  async isValidSignature(account: string, _digest: Hash, signature: string): Promise<boolean> {
    this.#check("ERC-1271");
    return this.contracts.get(account) === signature;
  }

  #check(what: string): void {
    this.asked.push(what);
    if (this.isAway) throw new Error("the chain is away");
  }
}

/** Deeploy as far as nodes know it. */
export class ScriptedDeeploy {
  isAway = false;
  readonly specs = new Map<Hash, Uint8Array>();
  readonly secrets = new Map<Hash, JobSecrets>();
  readonly asked: string[] = [];

  /** Keeps a specification; gives its hash. */
  keep(input: JobSpecInput, secrets?: JobSecrets): Hash {
    const spec = parseJobSpec(input);
    const specHash = hashJobSpec(spec);
    this.specs.set(specHash, encodeJobSpec(spec));
    if (secrets !== undefined) this.secrets.set(specHash, secrets);
    return specHash;
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.asked.push(url);
    if (this.isAway || url.startsWith("http://dead")) throw new Error("connection refused");
    const { pathname } = new URL(url);
    const specHash = /^\/jobs\/specs\/(0x[0-9a-f]{64})$/u.exec(pathname)?.[1];
    if (specHash !== undefined) {
      const bytes = this.specs.get(specHash);
      return bytes === undefined ? new Response("{}", { status: 404 }) : new Response(Buffer.from(bytes));
    }
    return this.#secrets(BigInt(/^\/jobs\/(\d+)\/secrets$/u.exec(pathname)?.[1] ?? 0), init.body as string);
  };

  #secrets(jobId: bigint, text: string): Response {
    const body = JSON.parse(text) as { node: string; specHash: Hash; expiresAt: number; signature: string };
    const { node, specHash, expiresAt, signature } = body;
    const data = secretsRequestData(domain, { jobId, specHash, node, expiresAt: BigInt(expiresAt) });
    const publicKey = recoverPublicKey(typedDataDigest(data), hexToBytes(signature));
    const secrets = this.secrets.get(specHash);
    if (publicKey === undefined || secrets === undefined) return new Response("{}", { status: 404 });
    return Response.json({ sealed: bytesToHex(sealTo(publicKey, encodeSecrets(secrets))) });
  }
}

export interface World {
  /** What the node says that it offers, oldest first. */
  readonly offers: Advertisement[];
  readonly clock: VirtualClock;
  readonly chain: ScriptedChain;
  readonly deeploy: ScriptedDeeploy;
  readonly engine: MemoryEngine;
  readonly disk: MemoryDisk;
  readonly entries: LogEntry[];
  jobs: NodeJobs;
  deed: DeedId | undefined;
  epoch: bigint;
  /** A node on the same machine, as after a restart. */
  again(): NodeJobs;
  start(): Promise<void>;
  /** Names of the containers that run. */
  running(): Promise<string[]>;
  /** The pieces of the node's answer to a request, a second after it. */
  ask(
    request: Partial<DeeployRequest> & Pick<DeeployRequest, "method" | "path">,
    by?: SigningKey,
    more?: Partial<SignedCommand>,
  ): Promise<CommandAnswer[]>;
}

export function createWorld(options: Partial<NodeJobsOptions> = {}): World {
  const clock = new VirtualClock();
  const chain = new ScriptedChain();
  const deeploy = new ScriptedDeeploy();
  const engine = new MemoryEngine({}, { clock });
  engine.addImage("app");
  const disk = new MemoryDisk();
  const { logger, entries } = memoryLogger(clock);
  const hub = new MemoryHub({ maximumPayloadBytes: 65_536, outgoingLimit: 64 }, { clock });
  const bus = hub.connect("node");
  const service = hub.connect("deeploy");
  const probes = { http: async () => true, tcp: async () => true };
  const { fetch } = deeploy;
  const offers: Advertisement[] = [];
  void service.subscribe(advertisementTopic(chainId, key.address), (_topic, payload) => {
    offers.push(decodeAdvertisement(payload.slice()).advertisement);
  });
  let nonce = 0;
  const create = (): NodeJobs =>
    new NodeJobs(
      {
        ...{
          chainId,
          nodeRegistry: `0x${"98".repeat(20)}`,
          tags: ["ssd"],
          dataDir: "/data",
          timeoutMs: 1_000,
          pollMs: 1_000,
          deeployUrls: ["http://dead", "http://deeploy/"],
        },
        offer: { milliCpu: 8_000, memoryMiB: 16_384, diskMiB: 65_536, gpus: 0 },
        ...options,
      },
      { engine, chain, key, disk, clock, random: new SeededRandom(1), logger, fetch, probes },
    );
  const world: World = {
    ...{ clock, chain, deeploy, engine, disk, entries, offers, jobs: create() },
    deed: deedId(DeedKind.NODE, BigInt(tokenId)),
    epoch: 7n,
    again: () => (world.jobs = create()),
    start: async () => {
      const started = world.jobs.start({
        standing: () => (world.deed === undefined ? undefined : { deed: world.deed, epoch: world.epoch }),
        hear: (filter, handler) => void bus.subscribe(filter, handler),
        bus,
      });
      await clock.advance(2_000);
      await started;
    },
    running: async () =>
      (await engine.list())
        .filter(({ state }) => state === "running")
        .map(({ job, container }) => `${job}/${container}`),
    ask: async (request, by = owner, more = {}) => {
      const body = more.body ?? "";
      const whole: DeeployRequest = {
        account: by.address,
        bodyHash: requestBodyHash(new TextEncoder().encode(body)),
        nonce: `0x${(nonce += 1).toString(16).padStart(64, "0")}`,
        expiresAt: Math.floor(clock.now() / 1_000) + 60,
        ...request,
      };
      const digest = deeployRequestDigest(domain, whole);
      const signature = bytesToHex(by.sign(hexToBytes(digest)));
      const answers: CommandAnswer[] = [];
      const end = await service.subscribe(answerTopic(chainId, key.address, digest), (_topic, payload) => {
        answers.push(decodeAnswer(payload));
      });
      await service.publish(
        commandTopic(chainId, key.address),
        encodeCommand({ request: whole, signature, ...more, body }),
      );
      await clock.advance(1_000);
      await end();
      return answers;
    },
  };
  return world;
}

/** A specification with one container called `web`. */
export function spec(more: Partial<JobSpecInput["containers"][number]> = {}, name = "shop"): JobSpecInput {
  return { version: 1, name, containers: [{ name: "web", image: "app", milliCpu: 100, memoryMiB: 64, ...more }] };
}
