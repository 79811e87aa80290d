import type { ContainerAgent } from "../../containers/agent/agent.js";
import type { LogLine } from "../../containers/engine.js";
import type { Clock } from "../../core/clock.js";
import { describeError, errorCode, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { type Address, EncodingError, type Hash, hexToBytes } from "../../protocol/bytes.js";
import { deeployRequestDigest, MAX_REQUEST_SECONDS } from "../../protocol/deeployRequest.js";
import { hasRight } from "../../protocol/jobRights.js";
import {
  type AnswerLine,
  answerTopic,
  type CommandAnswer,
  decodeCommand,
  encodeAnswer,
  MAX_COMMAND_BYTES,
  type NodeCommand,
  readNodeCommand,
  rightFor,
  type SignedCommand,
} from "../../protocol/nodeCommand.js";
import { recoverAddress, SIGNATURE_BYTES } from "../../protocol/signing.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import type { CommandStore } from "./commandStore.js";
import type { JobDesk } from "./jobDesk.js";
import { LineBatch } from "./lineBatch.js";
import type { JobChain } from "./types.js";

export interface CommandDeskOptions {
  /** Of the JobEscrow. */
  readonly domain: SigningDomain;
  readonly node: Address;
  /** Commands carried out at once; more are told to come again. */
  readonly parallel: number;
}

export interface CommandDeskDependencies {
  readonly agent: Pick<ContainerAgent, "restart" | "logs">;
  readonly jobs: Pick<JobDesk, "ownerOf" | "containersOf" | "report" | "handOver">;
  readonly chain: Pick<JobChain, "rightsOf" | "isValidSignature">;
  readonly store: CommandStore;
  readonly publish: (topic: string, payload: Uint8Array) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Send = (piece: Omit<CommandAnswer, "index">) => Promise<void>;

const maximumMessage = 500;

/**
 * Carries out what wallets ask of their jobs' containers. Who relays a command is of no account: the node believes the wallet's own
 * signature, once, before it expires, and what the chain says of the wallet's rights.
 */
export class CommandDesk {
  readonly #options: CommandDeskOptions;
  readonly #dependencies: CommandDeskDependencies;
  readonly #abort = new AbortController();
  #running = 0;

  constructor(options: CommandDeskOptions, dependencies: CommandDeskDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Takes a command as it came; whatever becomes of it is answered, but for what is no command at all. */
  async receive(payload: Uint8Array): Promise<void> {
    const { logger } = this.#dependencies;
    if (this.#abort.signal.aborted || payload.length > MAX_COMMAND_BYTES) return;
    let signed: SignedCommand;
    try {
      signed = decodeCommand(payload);
    } catch (error) {
      logger.debug("something that is no command came", { error: describeError(error) });
      return;
    }
    await this.#serve(signed).catch((error: unknown) => {
      logger.warn("a command could not be answered", { error: describeError(error) });
    });
  }

  /** Ends the answers under way. Idempotent. */
  close(): void {
    this.#abort.abort(new KeeperError("CLOSED", "the node is closing"));
  }

  async #serve(signed: SignedCommand): Promise<void> {
    const { domain, node } = this.#options;
    const digest = deeployRequestDigest(domain, signed.request);
    const topic = answerTopic(domain.chainId, node, digest);
    let index = 0;
    const send: Send = (piece) => this.#dependencies.publish(topic, encodeAnswer({ index: index++, ...piece }));
    if (this.#running >= this.#options.parallel)
      return send(failure(new KeeperError("NODE_BUSY", "too many commands")));
    this.#running += 1;
    try {
      await this.#carryOut(signed, digest, send);
    } catch (error) {
      this.#dependencies.logger.info("a command was refused", { code: codeOf(error), account: signed.request.account });
      await send(failure(error));
    } finally {
      this.#running -= 1;
    }
  }

  async #carryOut(signed: SignedCommand, digest: Hash, send: Send): Promise<void> {
    const command = readNodeCommand(signed);
    this.#checkTime(signed.request.expiresAt);
    this.#checkTarget(command);
    await this.#checkSigner(signed, digest);
    await this.#checkRights(signed.request.account, command);
    await this.#dependencies.store.use(digest, signed.request.expiresAt);
    if (command.kind === "logs") return this.#sendLogs(command, send);
    await this.#operate(command);
    const state = this.#dependencies.jobs.report(command.jobId);
    await send({ last: true, ...(state === undefined ? {} : { state }) });
  }

  #checkTime(expiresAt: number): void {
    const now = Math.floor(this.#dependencies.clock.now() / 1_000);
    if (expiresAt < now) throw new KeeperError("COMMAND_EXPIRED", `it expired at ${expiresAt}, and it is ${now}`);
    if (expiresAt > now + 2 * MAX_REQUEST_SECONDS) {
      throw new KeeperError("EXPIRY_TOO_FAR", `it expires at ${expiresAt}, more than is allowed after ${now}`);
    }
  }

  #checkTarget({ jobId, node, container }: NodeCommand): void {
    const { jobs } = this.#dependencies;
    if (node !== undefined && node !== this.#options.node) {
      throw new KeeperError("OTHER_NODE", `the command is for ${node}`);
    }
    if (jobs.ownerOf(jobId) === undefined) throw new KeeperError("NOT_ASSIGNED", `job ${jobId} does not run here`);
    if (container !== undefined && !jobs.containersOf(jobId).includes(container)) {
      throw new KeeperError("CONTAINER_NOT_FOUND", `job ${jobId} has no container ${container}`);
    }
  }

  async #checkSigner({ request: { account }, signature }: SignedCommand, digest: Hash): Promise<void> {
    const bytes = hexToBytes(signature);
    if (recoverSigner(hexToBytes(digest), bytes) === account) return;
    if (await this.#dependencies.chain.isValidSignature(account, digest, signature)) return;
    throw new KeeperError("SIGNATURE_INVALID", `the signature is not ${account}'s for this request`);
  }

  async #checkRights(account: Address, command: NodeCommand): Promise<void> {
    const owner = this.#dependencies.jobs.ownerOf(command.jobId);
    if (owner === account || owner === undefined) return;
    const right = rightFor(command);
    if (hasRight(await this.#dependencies.chain.rightsOf(owner, account), right)) return;
    throw new KeeperError("NOT_ALLOWED", `${account} has no right ${right} over the jobs of ${owner}`);
  }

  async #operate({ kind, jobId, container }: NodeCommand): Promise<void> {
    const { agent, store, jobs } = this.#dependencies;
    if (kind === "restart" && !agent.restart(jobId, container)) {
      throw new KeeperError("NOT_RUNNING", `job ${jobId} is stopped, or not begun: start it`);
    }
    if (kind !== "stop" && kind !== "start") return;
    if (container !== undefined) throw new KeeperError("BAD_COMMAND", `${kind} is for whole jobs`);
    await store.setStopped(jobId, kind === "stop");
    jobs.handOver();
  }

  async #sendLogs(command: Extract<NodeCommand, { kind: "logs" }>, send: Send): Promise<void> {
    const { jobId, container, followSeconds } = command;
    const { clock, jobs } = this.#dependencies;
    const names = container === undefined ? jobs.containersOf(jobId) : [container];
    const limit = new AbortController();
    const cancel = clock.schedule(followSeconds * 1_000, () => limit.abort());
    const signal = AbortSignal.any([limit.signal, this.#abort.signal]);
    const batch = new LineBatch({ clock, send: (lines) => send({ last: false, lines }) });
    try {
      await Promise.all(names.map((name) => this.#copy(command, name, batch, signal)));
      await batch.flush();
    } finally {
      cancel();
      batch.close();
    }
    await send({ last: true });
  }

  async #copy(
    { jobId, tail, since, followSeconds }: Extract<NodeCommand, { kind: "logs" }>,
    container: string,
    batch: LineBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const optional = since === undefined ? {} : { since };
    const lines = this.#dependencies.agent.logs(jobId, container, {
      tail,
      ...optional,
      ...(followSeconds > 0 ? { follow: true, signal } : {}),
    });
    for await (const line of lines) await batch.add(toAnswer(container, line));
  }
}

function toAnswer(container: string, { at, stream, text }: LogLine): AnswerLine {
  return { container, at, stream, text };
}

/** The recovery id may be 0 or 1, or 27 or 28 as wallets have it. */
function recoverSigner(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  if (signature.length !== SIGNATURE_BYTES) return undefined;
  const plain = signature.slice();
  const last = SIGNATURE_BYTES - 1;
  const recoveryId = plain[last] as number;
  plain[last] = recoveryId >= 27 ? recoveryId - 27 : recoveryId;
  return recoverAddress(digest, plain);
}

function failure(error: unknown): Omit<CommandAnswer, "index"> {
  const message = describeError(error).slice(0, maximumMessage);
  return { last: true, error: { code: codeOf(error), message } };
}

function codeOf(error: unknown): string {
  if (error instanceof EncodingError) return "BAD_COMMAND";
  return errorCode(error) ?? "COMMAND_FAILED";
}
