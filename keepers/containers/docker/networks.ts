import type Docker from "dockerode";
import { KeeperError } from "../../core/errors.js";
import type { Address } from "../../protocol/bytes.js";
import { statusCode, translate } from "./errors.js";
import type { Firewall } from "./firewall.js";
import { bridgeName, isOf, jobLabels, labelFilter, networkName, numberOf } from "./labels.js";
import { subnetAt, subnetCount } from "./subnets.js";

const TAKEN = /overlap|already in use|conflicts/i;
const ATTEMPTS = 64;

export interface NetworksOptions {
  readonly node: Address;
  /** Addresses of jobs, as in 198.18.0.0/16. */
  readonly addressPool: string;
}

/** A bridge for each job. */
export class Networks {
  readonly #options: NetworksOptions;
  readonly #docker: Docker;
  readonly #firewall: Firewall;
  readonly #onProblem: (problem: string) => void;

  /** @param dependencies `onProblem`: the host cannot be guarded */
  constructor(
    options: NetworksOptions,
    dependencies: { docker: Docker; firewall: Firewall; onProblem: (problem: string) => void },
  ) {
    this.#options = options;
    this.#docker = dependencies.docker;
    this.#firewall = dependencies.firewall;
    this.#onProblem = dependencies.onProblem;
  }

  async ensure(job: string): Promise<void> {
    const problem = await this.#firewall.ensure();
    if (problem !== undefined) this.#onProblem(problem);
    if ((await this.#list(job)).length > 0) return;
    const first = numberOf(this.#options.node, job);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await this.#make(job, subnetAt(this.#options.addressPool, first + attempt))) return;
    }
    const size = subnetCount(this.#options.addressPool);
    throw new KeeperError("ENGINE_FAILED", `no network is free in ${this.#options.addressPool} (${size} in all)`);
  }

  async remove(job: string): Promise<void> {
    for (const id of await this.#list(job)) {
      try {
        await this.#docker.getNetwork(id).remove();
      } catch (error) {
        if (statusCode(error) !== 404)
          throw translate(error, `remove the network of job ${job}`, { 403: "NETWORK_IN_USE" });
      }
    }
  }

  /** False when the daemon has other plans for these addresses. */
  async #make(job: string, subnet: string): Promise<boolean> {
    try {
      await this.#docker.createNetwork({
        Name: networkName(this.#options.node, job),
        CheckDuplicate: true,
        Driver: "bridge",
        EnableIPv6: false,
        IPAM: { Driver: "default", Config: [{ Subnet: subnet }] },
        Labels: jobLabels(this.#options.node, job),
        Options: { "com.docker.network.bridge.name": bridgeName(this.#options.node, job) },
      });
      return true;
    } catch (error) {
      const failure = translate(error, `make the network of job ${job}`);
      if (failure.code === "ENGINE_FAILED" && TAKEN.test(failure.message)) return false;
      // Somebody made it between the look and the attempt.
      if (statusCode(error) === 409 && (await this.#list(job)).length > 0) return true;
      throw failure;
    }
  }

  async #list(job: string): Promise<string[]> {
    const found = await this.#docker
      .listNetworks({ filters: labelFilter(this.#options.node, job) })
      .catch((error: unknown) => {
        throw translate(error, "list networks");
      });
    return found.filter(({ Labels: labels }) => isOf(this.#options.node, labels)).map(({ Id: id }) => id);
  }
}
