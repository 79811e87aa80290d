import { describeError, KeeperError } from "../../core/errors.js";
import { ApiError } from "../../core/http/apiError.js";
import { type Address, EncodingError } from "../../protocol/bytes.js";
import {
  type AnswerLine,
  type CommandAnswer,
  type JobReport,
  type NodeCommand,
  readNodeCommand,
  rightFor,
  type SignedCommand,
} from "../../protocol/nodeCommand.js";
import type { Caller } from "../requests/authenticator.js";
import type { Job, JobsView, Relay } from "../views.js";
import type { Access } from "./access.js";

/** What one node made of a command. */
export interface NodeOutcome {
  readonly node: Address;
  readonly tokenId: number;
  readonly error?: Failure;
  readonly state?: JobReport;
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

/** A line that a container wrote, or that a node's log cannot be had. */
export type LogEntry = { readonly node: Address } & (AnswerLine | { readonly error: Failure });

export interface CommandsDependencies {
  readonly access: Access;
  readonly jobs: Pick<JobsView, "nodeOf">;
  readonly relay: Relay;
}

interface Target {
  readonly node: Address;
  readonly tokenId: number;
}

interface Ready {
  readonly command: SignedCommand;
  readonly targets: readonly Target[];
}

/** Hands wallets' requests on to the nodes that serve a job. The rights are checked here to spare the nodes, and by each of them again. */
export class Commands {
  readonly #dependencies: CommandsDependencies;

  constructor(dependencies: CommandsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Restart, stop, start or state: what each node answered, in the order of the seats. @throws ApiError */
  async run(caller: Caller, body: Uint8Array, signal: AbortSignal): Promise<NodeOutcome[]> {
    const { command, targets } = await this.#prepare(caller, body);
    return Promise.all(targets.map((target) => this.#outcome(target, command, signal)));
  }

  /** Log lines as they come, of all nodes asked; ends when all have ended, or with the signal. @throws ApiError before it gives anything */
  async logs(caller: Caller, signal: AbortSignal): Promise<AsyncIterable<LogEntry>> {
    const { command, targets } = await this.#prepare(caller, new Uint8Array());
    return merge(targets.map((target) => this.#lines(target, command, signal)));
  }

  async #prepare({ account, request, signature }: Caller, body: Uint8Array): Promise<Ready> {
    const command: SignedCommand = { request, signature, body: new TextDecoder().decode(body) };
    const asked = readCommand(command);
    const job = await this.#dependencies.access.require(asked.jobId, account, rightFor(asked));
    return { command, targets: this.#targets(job, asked) };
  }

  #targets({ jobId, seats }: Job, { node: only }: NodeCommand): Target[] {
    const targets = seats.flatMap(({ tokenId }) => {
      const node = this.#dependencies.jobs.nodeOf(tokenId);
      return node === undefined || (only !== undefined && only !== node) ? [] : [{ node, tokenId }];
    });
    if (targets.length > 0) return targets;
    const what = only === undefined ? "no node serves" : `${only} does not serve`;
    throw new ApiError(409, "NOT_SERVED", `${what} job ${jobId} now`);
  }

  async #outcome(target: Target, command: SignedCommand, signal: AbortSignal): Promise<NodeOutcome> {
    let last: CommandAnswer | undefined;
    try {
      for await (const piece of this.#dependencies.relay.ask(target.node, command, signal)) last = piece;
    } catch (error) {
      return { ...target, error: failureOf(error) };
    }
    const { error, state } = last ?? { error: { code: "CANCELLED", message: "the request was given up" } };
    return { ...target, ...(error === undefined ? {} : { error }), ...(state === undefined ? {} : { state }) };
  }

  async *#lines({ node }: Target, command: SignedCommand, signal: AbortSignal): AsyncGenerator<LogEntry> {
    try {
      for await (const { lines = [], error } of this.#dependencies.relay.ask(node, command, signal)) {
        for (const line of lines) yield { node, ...line };
        if (error !== undefined) yield { node, error };
      }
    } catch (error) {
      yield { node, error: failureOf(error) };
    }
  }
}

function readCommand(command: SignedCommand): NodeCommand {
  try {
    return readNodeCommand(command);
  } catch (error) {
    if (error instanceof EncodingError) throw new ApiError(400, "BAD_REQUEST", error.message);
    throw error;
  }
}

function failureOf(error: unknown): Failure {
  const code = error instanceof KeeperError ? error.code : "RELAY_FAILED";
  return { code, message: describeError(error) };
}

/** What several generators give, in the order in which it comes. All are ended when the reader stops. */
async function* merge<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const step = async (source: AsyncGenerator<T>) => ({ source, result: await source.next() });
  const steps = new Map(sources.map((source) => [source, step(source)]));
  try {
    while (steps.size > 0) {
      const { source, result } = await Promise.race(steps.values());
      if (result.done === true) {
        steps.delete(source);
        continue;
      }
      steps.set(source, step(source));
      yield result.value;
    }
  } finally {
    for (const source of steps.keys()) void source.return(undefined);
  }
}
