import { getBytes, hexlify } from "ethers";
import { encodeJobSpec, hashJobSpec } from "../keepers/protocol/jobSpec.js";
import { encodeSecrets, sealTo } from "../keepers/protocol/secrets.js";
import { type AppContent, buildSpec, type BuiltSpec, findClass } from "./appSpec.js";
import type { paths } from "./deeployApi.js";
import { SdkError } from "./errors.js";
import { answerOf, isServiceFailure, refusalOf, type Service } from "./service.js";
import type { SessionContext } from "./context.js";
import { jsonLines, serverEvents } from "./streams.js";

/** What an app runs, and on what. */
export type ContainerAppOptions = AppContent & {
  /** By name, such as `MICRO`, or number; see `session.classes()`. */
  readonly class: string | number;
  readonly gpu?: string | number;
  /** Default 1. */
  readonly nodes?: number;
  /** How long it is paid for; default 30. */
  readonly epochs?: number;
  /** By name; set in the containers' environment. They leave this machine sealed. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Wei of R1; default the price and 2 %. */
  readonly maxDeposit?: bigint;
};

/** How far a deployment has come. */
export type Progress =
  | { readonly step: "stored"; readonly specHash: string; readonly services: number }
  | { readonly step: "sent"; readonly txHash: string }
  | { readonly step: "created"; readonly jobId: bigint }
  | { readonly step: "assigned"; readonly nodes: readonly string[] }
  | { readonly step: "running"; readonly endpoints: readonly string[] };

export interface DeployOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** Where to stop waiting; default when all nodes run it and its endpoints answer. */
  readonly until?: "created" | "assigned" | "running";
  /** Milliseconds to wait after the transaction; default five minutes. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks; default 1,000. */
  readonly pollMs?: number;
}

/** What `deploy` came to. */
export interface Deployed {
  readonly jobId: bigint;
  readonly specHash: string;
  /** Where gateways serve it; none without a port, or when it was not waited for. */
  readonly endpoints: readonly string[];
}

type Job = paths["/jobs/{jobId}"]["get"]["responses"][200]["content"]["application/json"];
type NodeOutcome =
  paths["/jobs/{jobId}/restart"]["post"]["responses"][200]["content"]["application/json"]["nodes"][number];

/** A line that a container wrote, or why a node's log cannot be had. */
export type LogEntry =
  | {
      readonly node: string;
      readonly container: string;
      /** Milliseconds since 1970. */
      readonly at: number;
      readonly stream: "stdout" | "stderr";
      readonly text: string;
      readonly error?: undefined;
    }
  | { readonly node: string; readonly error: { readonly code: string; readonly message: string } };

export interface LogOptions extends TargetOptions {
  /** Lines of before; default 100. */
  readonly tail?: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
  /** Seconds for which new lines are told as they come; default 0. */
  readonly follow?: number;
}

/** Of all nodes and containers only these. */
export interface TargetOptions {
  readonly node?: string;
  readonly container?: string;
}

/** Something that happened to the app: a contract event by its name, or `NodeState`. */
export interface AppEvent {
  readonly type: string;
  readonly data: { readonly jobId: number; readonly at: number } & Readonly<Record<string, unknown>>;
}

const DEFAULT_NODES = 1;
const DEFAULT_EPOCHS = 30;
const DEFAULT_TIMEOUT_MS = 300_000;
const DEFAULT_POLL_MS = 1_000;

/** A job, as its developer deals with it. Everything throws SdkError. */
export class ContainerApp {
  readonly #context: SessionContext;
  #options: ContainerAppOptions | undefined;
  #jobId: bigint | undefined;

  constructor(options: ContainerAppOptions | undefined, jobId: bigint | undefined, context: SessionContext) {
    this.#options = options;
    this.#jobId = jobId;
    this.#context = context;
  }

  /** @throws SdkError `NOT_DEPLOYED` */
  get jobId(): bigint {
    if (this.#jobId === undefined) throw new SdkError("NOT_DEPLOYED", "the app was not deployed yet: call deploy()");
    return this.#jobId;
  }

  /**
   * Hands the specification to all services, pays, and waits. When it waits too long it throws `NOT_YET`; the job is there all the same, and
   * `waitUntil` goes on.
   */
  async deploy(options: DeployOptions = {}): Promise<Deployed> {
    const wanted = this.#wanted();
    const { onProgress = ignore } = options;
    const { built, classId, gpu } = await this.#build(wanted);
    const { nodes = DEFAULT_NODES, epochs = DEFAULT_EPOCHS, maxDeposit } = wanted;
    const terms = { classId, gpu, nodes, epochs };
    const specHash = hashJobSpec(built.spec);
    onProgress({ step: "stored", specHash, services: await this.#store(built, terms) });
    const job = { ...terms, specHash, maxDeposit };
    const jobId = await this.#context.escrow.create(job, (txHash) => onProgress({ step: "sent", txHash }));
    this.#jobId = jobId;
    onProgress({ step: "created", jobId });
    const endpoints = await this.waitUntil(options.until ?? "running", options);
    return { jobId, specHash, endpoints };
  }

  /**
   * Resolves with the app's endpoints once a service has seen it created, it is assigned to all its nodes, or runs on them.
   * @throws SdkError `NOT_YET`
   */
  async waitUntil(step: "created" | "assigned" | "running", options: DeployOptions = {}): Promise<readonly string[]> {
    const { onProgress = ignore, timeoutMs = DEFAULT_TIMEOUT_MS, pollMs = DEFAULT_POLL_MS } = options;
    const end = Date.now() + timeoutMs;
    let isAssigned = false;
    for (;;) {
      const job = await this.#look();
      if (!isAssigned && job !== undefined && job.seats.length >= job.nodes) {
        isAssigned = true;
        onProgress({ step: "assigned", nodes: job.seats.flatMap(({ node }) => node ?? []) });
      }
      const endpoints = endpointsOf(job);
      if (step === "created" ? job !== undefined : isAssigned && step === "assigned") return endpoints;
      if (isAssigned && (await isUp(job))) {
        onProgress({ step: "running", endpoints });
        return endpoints;
      }
      if (Date.now() + pollMs > end) throw new SdkError("NOT_YET", describeWait(this.jobId, step, timeoutMs, job));
      await pause(pollMs);
    }
  }

  /** The job as the chain has it, and how its nodes say that it stands on them. */
  status(): Promise<Job> {
    return this.#context.ask((service) =>
      answerOf(service, service.api.GET("/jobs/{jobId}", { params: { path: this.#path } })),
    );
  }

  /** Lines that the containers wrote; to stop, leave the loop. */
  async *logs(options: LogOptions = {}): AsyncGenerator<LogEntry> {
    const query = Object.fromEntries(
      Object.entries(options).map(([name, value]: [string, string | number]) => [name, String(value)]),
    );
    const body = await this.#stream((service) =>
      this.#signed(service).GET("/jobs/{jobId}/logs", { params: { path: this.#path, query }, parseAs: "stream" }),
    );
    yield* jsonLines(body) as AsyncGenerator<LogEntry>;
  }

  /** What happens to the app from now on; to stop, leave the loop. */
  async *events(): AsyncGenerator<AppEvent> {
    const body = await this.#stream((service) =>
      this.#signed(service).GET("/jobs/{jobId}/events", { params: { path: this.#path }, parseAs: "stream" }),
    );
    yield* serverEvents(body) as AsyncGenerator<AppEvent>;
  }

  /** Puts another content in place of the one before; nodes change over one after the other. */
  async update(content: AppContent & { readonly secrets?: Readonly<Record<string, string>> }): Promise<string> {
    const { classId, gpu, nodes, epochs } = await this.status();
    const classes = await this.#context.classes();
    const built = buildSpec(content, content.secrets, findClass(classes, classId, false));
    await this.#store(built, { classId, gpu, nodes, epochs: Math.max(1, epochs) });
    const specHash = hashJobSpec(built.spec);
    await this.#context.escrow.changeSpec(this.jobId, specHash);
    return specHash;
  }

  /** @param leaving token ids of the deeds that go when nodes are given up; default: those that came last */
  async scale(nodes: number, leaving?: readonly number[]): Promise<void> {
    await this.#context.escrow.scale(this.jobId, nodes, leaving);
  }

  async extend(epochs: number): Promise<void> {
    await this.#context.escrow.extend(this.jobId, epochs);
  }

  /** Ends the app with the next epoch; what was not used of the deposit goes to the job's owner. */
  async close(): Promise<void> {
    await this.#context.escrow.close(this.jobId);
  }

  /** What each node answered. */
  restart(target: TargetOptions = {}): Promise<readonly NodeOutcome[]> {
    return this.#operate("restart", target);
  }

  stop(target: TargetOptions = {}): Promise<readonly NodeOutcome[]> {
    return this.#operate("stop", target);
  }

  start(target: TargetOptions = {}): Promise<readonly NodeOutcome[]> {
    return this.#operate("start", target);
  }

  async #operate(kind: "restart" | "stop" | "start", target: TargetOptions): Promise<readonly NodeOutcome[]> {
    const call = { params: { path: this.#path }, body: { ...target } };
    const { nodes } = await this.#context.ask((service) =>
      answerOf(service, this.#signed(service).POST(`/jobs/{jobId}/${kind}`, call)),
    );
    return nodes;
  }

  async #build(wanted: ContainerAppOptions) {
    const classes = await this.#context.classes();
    const { classId, ...given } = findClass(classes, wanted.class, false);
    const gpu = wanted.gpu === undefined ? 0 : findClass(classes, wanted.gpu, true).classId;
    return { built: buildSpec(wanted, wanted.secrets, { classId, ...given }), classId, gpu };
  }

  /** Hands a specification to every service; gives how many took it. One is enough, more let one be down. */
  async #store(built: BuiltSpec, terms: Terms): Promise<number> {
    let stored = 0;
    let failure: unknown;
    // One after the other: a wallet asks its owner about each request.
    for (const service of this.#context.services) {
      try {
        await this.#storeAt(service, built, terms);
        stored += 1;
      } catch (error) {
        if (!isServiceFailure(error)) throw error;
        failure = error;
      }
    }
    if (stored === 0) throw failure;
    return stored;
  }

  async #storeAt(service: Service, { spec, secrets }: BuiltSpec, terms: Terms): Promise<void> {
    const { domain } = this.#context.escrow;
    const sealed = secrets && hexlify(await sealFor(service, domain, encodeSecrets(secrets)));
    const written = JSON.parse(new TextDecoder().decode(encodeJobSpec(spec))) as Record<string, unknown>;
    const body = { spec: written, ...terms, ...(sealed === undefined ? {} : { secrets: sealed }) };
    const { specHash } = await answerOf(service, this.#signed(service).POST("/jobs", { body }));
    if (specHash === hashJobSpec(spec)) return;
    throw new SdkError("SERVICE_BROKEN", `${service.url} stored another specification than it was given`);
  }

  async #stream(call: (service: Service) => Promise<StreamOutcome>): Promise<ReadableStream<Uint8Array>> {
    return this.#context.ask(async (service) => {
      const answer = call(service).then(({ data, error, response }) => {
        if (!response.ok) throw refusalOf(service.url, error, response.status);
        return { data: data ?? emptyStream(), response };
      });
      return answerOf(service, answer);
    });
  }

  /** Undefined when the service has not read the chain that far. */
  async #look(): Promise<Job | undefined> {
    try {
      return await this.status();
    } catch (error) {
      if (error instanceof SdkError && (error.code === "JOB_UNKNOWN" || isServiceFailure(error))) return undefined;
      throw error;
    }
  }

  #wanted(): ContainerAppOptions {
    if (this.#options !== undefined && this.#jobId === undefined) return this.#options;
    throw new SdkError("NOT_DEPLOYED", `job ${String(this.#jobId)} was deployed before; update() changes it`);
  }

  #signed(service: Service) {
    return service.signedBy(this.#context.wallet, this.#context.escrow.domain);
  }

  get #path() {
    return { jobId: this.jobId.toString() };
  }
}

interface Terms {
  readonly classId: number;
  readonly gpu: number;
  readonly nodes: number;
  readonly epochs: number;
}

interface StreamOutcome {
  readonly data?: ReadableStream<Uint8Array> | null;
  readonly error?: unknown;
  readonly response: Response;
}

async function sealFor(
  service: Service,
  domain: Parameters<Service["encryptionKey"]>[0],
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const { publicKey } = await service.encryptionKey(domain);
  return sealTo(getBytes(publicKey), bytes);
}

function endpointsOf(job: Job | undefined): string[] {
  return (job?.seats ?? []).flatMap(({ endpoint }) => endpoint ?? []);
}

/** Whether all nodes say that they run it, and what they publish answers. */
async function isUp(job: Job | undefined): Promise<boolean> {
  if (job?.seats.every(({ state }) => state === "running") !== true) return false;
  const answers = await Promise.all(endpointsOf(job).map(doesAnswer));
  return answers.every(Boolean);
}

/** A page of another origin may not look at the answer; that there is one has to do for it. */
async function doesAnswer(url: string): Promise<boolean> {
  try {
    const { status, type } = await fetch(url, { mode: isPage() ? "no-cors" : "cors" });
    return type === "opaque" || status < 500;
  } catch {
    return false;
  }
}

function isPage(): boolean {
  return "document" in globalThis;
}

function describeWait(jobId: bigint, step: string, timeoutMs: number, job: Job | undefined): string {
  const seats = (job?.seats ?? []).map(({ tokenId, state }) => `ND:${tokenId} ${state}`);
  const now = seats.length === 0 ? "no node has it" : seats.join(", ");
  return `job ${jobId} is not ${step} after ${timeoutMs} ms: ${now} of ${job?.nodes ?? "its"} nodes`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function emptyStream(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

function ignore(): void {
  // Nobody asked for progress.
}
