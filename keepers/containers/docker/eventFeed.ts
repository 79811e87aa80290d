import type Docker from "dockerode";
import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { backoffDelay, type BackoffOptions } from "../../core/retry.js";
import type { Address } from "../../protocol/bytes.js";
import type { EngineEvent } from "../engine.js";
import { jsonLinesOf } from "./jsonLines.js";
import { identityOf, isOf, labelFilter, type Labels } from "./labels.js";

export interface EventFeedOptions {
  readonly node: Address;
  /** Between attempts to reach the daemon again. */
  readonly backoff: BackoffOptions;
}

interface Message {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Labels };
}

/** The daemon's events of one node's containers, asked for again and again until `signal` aborts. */
export async function* eventFeed(
  { node, backoff }: EventFeedOptions,
  signal: AbortSignal,
  dependencies: { docker: Docker; clock: Clock; random: Random; logger?: Logger },
): AsyncGenerator<EngineEvent> {
  const { docker, clock, random, logger } = dependencies;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const stream = await docker.getEvents({ filters: filters(node), abortSignal: signal });
      yield { type: "resumed" };
      failures = 0;
      for await (const message of jsonLinesOf(stream as AsyncIterable<Buffer>)) {
        const event = eventOf(message as Message, node);
        if (event !== undefined) yield event;
      }
    } catch (error) {
      logger?.debug("docker's events ended", { error: describeError(error) });
    }
    await clock.sleep(backoffDelay(failures, backoff, random), signal).catch(() => undefined);
  }
}

function filters(node: Address): object {
  return { type: ["container"], event: ["start", "die"], ...labelFilter(node) };
}

function eventOf({ Action: action, Actor: actor }: Message, node: Address): EngineEvent | undefined {
  const { ID: id, Attributes: labels } = actor;
  if (!isOf(node, labels)) return undefined;
  if (action === "start") return { ...identityOf(labels), type: "started", id };
  if (action === "die") return { ...identityOf(labels), type: "exited", id, code: Number(labels["exitCode"] ?? 0) };
  return undefined;
}
