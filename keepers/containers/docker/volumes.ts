import type Docker from "dockerode";
import type { Address } from "../../protocol/bytes.js";
import { engineError, statusCode, translate } from "./errors.js";
import { isOf, jobLabels, JOB_LABEL, labelFilter, LIMIT_LABEL, limitOf, volumeName } from "./labels.js";
import type { LoopFiles } from "./loopFiles.js";

const MIB = 2 ** 20;
const NAME_LABEL = "network.r1.volume";
const FILE_LABEL = "network.r1.file";
/** What is in a volume can be run, but not with more rights than the container has. */
const MOUNT = "nosuid,nodev";

interface Volume {
  readonly Name: string;
  readonly Labels: Record<string, string> | null;
}

/** Named volumes of the jobs of one node. */
export class Volumes {
  readonly #node: Address;
  readonly #docker: Docker;
  readonly #files: LoopFiles;
  #sized: Promise<boolean> | undefined;

  constructor(options: { readonly node: Address }, dependencies: { docker: Docker; files: LoopFiles }) {
    this.#node = options.node;
    this.#docker = dependencies.docker;
    this.#files = dependencies.files;
  }

  /** Whether volumes made from now on have a size that the kernel holds to; the others have to be watched. */
  sized(): Promise<boolean> {
    this.#sized ??= this.#files.usable();
    return this.#sized;
  }

  async ensure(job: string, name: string, sizeMiB: number): Promise<void> {
    const found = await this.#find(job, name);
    if (found === undefined) return this.#make(job, name, sizeMiB);
    const actual = limitOf(found.Labels ?? {}) ?? 0;
    if (actual !== sizeMiB * MIB) {
      const sizes = `has ${actual / MIB} MiB, and the job wants ${sizeMiB}`;
      throw engineError("VOLUME_SIZE_FIXED", `volume ${name} of job ${job} ${sizes}: a volume keeps its size`);
    }
  }

  /** The daemon would make those that are not there, without any limit. */
  async require(job: string, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const there = new Set((await this.#list(job)).map((volume) => volume.Name));
    const missing = names.find((name) => !there.has(volumeName(this.#node, job, name)));
    if (missing !== undefined) throw engineError("CONTAINER_REFUSED", `job ${job} has no volume ${missing} yet`);
  }

  async remove(job: string): Promise<void> {
    for (const { Name: name } of await this.#list(job)) await this.#removeOne(name);
    await this.#files.remove(job);
  }

  /** Before a container that has these volumes starts: the host may have been started anew since they were made. */
  async attach(names: readonly string[]): Promise<void> {
    const all = await this.#list();
    for (const { Name: volume, Labels: labels } of all) {
      const { [JOB_LABEL]: job, [FILE_LABEL]: file } = labels ?? {};
      if (names.includes(volume) && job !== undefined && file !== undefined) await this.#files.attach(job, file);
    }
  }

  /** Names of those that are watched, with what they may hold, in bytes. */
  async watched(): Promise<ReadonlyMap<string, number>> {
    const free = (await this.#list()).filter(({ Labels: labels }) => labels?.[FILE_LABEL] === undefined);
    return new Map(free.map(({ Name: name, Labels: labels }) => [name, limitOf(labels ?? {}) ?? Infinity]));
  }

  async #make(job: string, name: string, sizeMiB: number): Promise<void> {
    const sized = await this.sized();
    const device = sized ? { type: "ext4", device: await this.#files.ensure(job, name, sizeMiB), o: MOUNT } : {};
    const labels = { ...jobLabels(this.#node, job), [NAME_LABEL]: name, [LIMIT_LABEL]: String(sizeMiB) };
    await this.#docker
      .createVolume({
        Name: volumeName(this.#node, job, name),
        Driver: "local",
        DriverOpts: device,
        Labels: sized ? { ...labels, [FILE_LABEL]: name } : labels,
      })
      .catch((error: unknown) => {
        throw translate(error, `make volume ${name} of job ${job}`);
      });
  }

  async #find(job: string, name: string): Promise<Volume | undefined> {
    const wanted = volumeName(this.#node, job, name);
    return (await this.#list(job)).find((volume) => volume.Name === wanted);
  }

  async #list(job?: string): Promise<Volume[]> {
    const filters = labelFilter(this.#node, job);
    const { Volumes: found } = await this.#docker.listVolumes({ filters }).catch((error: unknown) => {
      throw translate(error, "list volumes");
    });
    // The daemon answers null for none.
    const all = (found as Volume[] | null) ?? [];
    return all.filter(({ Labels: labels }) => isOf(this.#node, labels));
  }

  async #removeOne(name: string): Promise<void> {
    try {
      await this.#docker.getVolume(name).remove();
    } catch (error) {
      if (statusCode(error) !== 404) throw translate(error, `remove volume ${name}`, { 409: "VOLUME_IN_USE" });
    }
  }
}
