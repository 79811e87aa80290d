import type Docker from "dockerode";
import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { retry, type BackoffOptions } from "../../core/retry.js";
import type { ImageId, PullOptions, RegistryAuth } from "../engine.js";
import { engineError, statusCode, translate, translatePull } from "./errors.js";
import { jsonLinesOf } from "./jsonLines.js";

export interface ImagesOptions {
  /** For registries that cannot be reached. */
  readonly pullAttempts: number;
  readonly pullBackoff: BackoffOptions;
}

interface Progress {
  readonly error?: string;
}

/** Images of the daemon and of registries. */
export class Images {
  readonly #options: ImagesOptions;
  readonly #docker: Docker;
  readonly #dependencies: { readonly clock: Clock; readonly random: Random; readonly logger?: Logger };

  constructor(options: ImagesOptions, dependencies: { docker: Docker; clock: Clock; random: Random; logger?: Logger }) {
    this.#options = options;
    this.#docker = dependencies.docker;
    this.#dependencies = dependencies;
  }

  async pull(image: string, { policy, auth, signal }: PullOptions): Promise<ImageId> {
    signal.throwIfAborted();
    const present = policy === "always" ? undefined : await this.find(image);
    if (present !== undefined) return present.id;
    if (policy === "never")
      throw engineError("IMAGE_NOT_FOUND", `image ${image} is not here, and is never to be pulled`);
    const onRetry = (error: unknown): void =>
      this.#dependencies.logger?.warn("an image cannot be pulled yet", { image, error: describeError(error) });
    const { pullAttempts: attempts, pullBackoff } = this.#options;
    await retry(
      () => this.#pullOnce(image, auth, signal),
      { ...pullBackoff, attempts, signal, onRetry },
      this.#dependencies,
    );
    const pulled = await this.find(image);
    if (pulled === undefined) throw engineError("IMAGE_NOT_FOUND", `image ${image} was pulled and is gone again`);
    return pulled.id;
  }

  /** Undefined when the daemon does not have it. */
  async find(
    image: string,
  ): Promise<{ readonly id: ImageId; readonly declaredVolumes: readonly string[] } | undefined> {
    try {
      const { Id: id, Config: config } = await this.#docker.getImage(image).inspect();
      const volumes = (config as { Volumes?: Record<string, unknown> | null } | null)?.Volumes;
      return { id, declaredVolumes: Object.keys(volumes ?? {}) };
    } catch (error) {
      if (statusCode(error) === 404) return undefined;
      throw translate(error, `look for image ${image}`);
    }
  }

  async #pullOnce(image: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<void> {
    try {
      const progress = await this.#docker.pull(image, { abortSignal: signal, ...credentials(auth) });
      for await (const line of jsonLinesOf(progress as AsyncIterable<Buffer>)) {
        const { error } = line as Progress;
        if (error !== undefined) throw new Error(error);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw translatePull(error, image);
    }
  }
}

function credentials(auth: RegistryAuth | undefined): object {
  if (auth === undefined) return {};
  const { server, username, password } = auth;
  return { authconfig: { username, password: password.reveal(), serveraddress: server } };
}
