import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, errorCode } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { backoffDelay, type BackoffOptions } from "../../core/retry.js";
import type { ContainerEngine, ImageId, PullOptions } from "../engine.js";
import type { Gate } from "./gate.js";
import { imageKey } from "./generation.js";

/** How the image of one container is come by. */
export interface ImageWish {
  readonly image: string;
  readonly pull: PullOptions["policy"];
  readonly auth: PullOptions["auth"];
  /** Looks for a newer one this often. Milliseconds. */
  readonly updateMs: number | undefined;
  /** The same text for two wishes that the same image fulfils. */
  readonly identity: string;
}

export interface ImageBookDependencies {
  readonly engine: Pick<ContainerEngine, "pull">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Bounds the pulls of all jobs. */
  readonly gate: Gate;
  /** Something about the image of that container is different now. */
  readonly changed: (container: string) => void;
}

/** What is known of an image. A container that was found running tells its number, but not the image itself. */
export interface KnownImage {
  readonly id: ImageId | undefined;
  readonly key: number;
}

export interface PullTrouble {
  readonly failures: number;
  readonly reason: string;
}

interface Entry {
  readonly wish: ImageWish;
  readonly abort: AbortController;
  image?: KnownImage | undefined;
  trouble?: PullTrouble | undefined;
  pulling: boolean;
  cancel: Cancel;
}

/** The images of one job's containers: fetched when asked for, again and again with growing waits while that fails. */
export class ImageBook {
  readonly #options: { readonly backoff: BackoffOptions };
  readonly #dependencies: ImageBookDependencies;
  readonly #entries = new Map<string, Entry>();

  constructor(options: { readonly backoff: BackoffOptions }, dependencies: ImageBookDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** What is wanted from now on, by container; what is known of a wish that stays is kept. */
  set(wishes: ReadonlyMap<string, ImageWish>): void {
    for (const [name, entry] of this.#entries) {
      if (wishes.get(name)?.identity !== entry.wish.identity) this.#drop(name, entry);
    }
    for (const [name, wish] of wishes) {
      if (this.#entries.has(name)) continue;
      const entry: Entry = { wish, abort: new AbortController(), pulling: false, cancel: () => undefined };
      this.#entries.set(name, entry);
      this.#planUpdate(name, entry);
    }
  }

  image(container: string): KnownImage | undefined {
    return this.#entries.get(container)?.image;
  }

  trouble(container: string): PullTrouble | undefined {
    return this.#entries.get(container)?.trouble;
  }

  /** A container with an image of this number runs as wanted; nothing happens when the image is known. */
  adopt(container: string, key: number): void {
    const entry = this.#entries.get(container);
    if (entry !== undefined) entry.image ??= { id: undefined, key };
  }

  /** The image is not there any more, whatever was known of it. */
  forget(container: string): void {
    const entry = this.#entries.get(container);
    if (entry !== undefined) entry.image = undefined;
  }

  /** Fetches it, unless it is on its way or the wait after a failure is not over. */
  need(container: string): void {
    const entry = this.#entries.get(container);
    if (entry === undefined || entry.pulling || entry.trouble !== undefined) return;
    void this.#pull(container, entry);
  }

  /** Idempotent. */
  close(): void {
    for (const [name, entry] of this.#entries) this.#drop(name, entry);
  }

  async #pull(container: string, entry: Entry, isUpdate = false): Promise<void> {
    const { gate, engine, changed } = this.#dependencies;
    const { image, auth, pull } = entry.wish;
    const { signal } = entry.abort;
    const policy = isUpdate ? "always" : pull;
    entry.pulling = true;
    try {
      const id = await gate.run(async () => {
        signal.throwIfAborted();
        return engine.pull(image, { policy, signal, ...(auth === undefined ? {} : { auth }) });
      });
      if (signal.aborted) return;
      const before = entry.image;
      entry.trouble = undefined;
      entry.image = { id, key: imageKey(id) };
      if (before?.id !== id) changed(container);
    } catch (error) {
      if (!signal.aborted) this.#failed(container, entry, error, isUpdate);
    } finally {
      entry.pulling = false;
    }
  }

  /** An image that is known stays in use: only the next look for a newer one is waited for. */
  #failed(container: string, entry: Entry, error: unknown, isUpdate: boolean): void {
    const { clock, random, logger, changed } = this.#dependencies;
    const reason = describeError(error);
    logger.warn("an image could not be fetched", {
      container,
      image: entry.wish.image,
      code: errorCode(error),
      reason,
    });
    if (isUpdate) return;
    const failures = (entry.trouble?.failures ?? 0) + 1;
    entry.trouble = { failures, reason };
    entry.cancel();
    entry.cancel = clock.schedule(backoffDelay(failures - 1, this.#options.backoff, random), () => {
      this.#planUpdate(container, entry);
      return this.#pull(container, entry);
    });
    changed(container);
  }

  #planUpdate(container: string, entry: Entry): void {
    const { updateMs } = entry.wish;
    if (updateMs === undefined) return;
    entry.cancel();
    entry.cancel = this.#dependencies.clock.schedule(updateMs, () => {
      this.#planUpdate(container, entry);
      if (!entry.pulling && entry.image !== undefined) return this.#pull(container, entry, true);
      return undefined;
    });
  }

  #drop(container: string, entry: Entry): void {
    entry.cancel();
    entry.abort.abort();
    this.#entries.delete(container);
  }
}
