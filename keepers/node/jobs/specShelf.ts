import { join } from "node:path";
import type { Disk } from "../../core/disk.js";
import { writeFileAtomic } from "../../core/files.js";
import type { Hash } from "../../protocol/bytes.js";
import type { JobSpec } from "../../protocol/jobSpec.js";
import { type DeeployClient, isSpecOf, readSpec } from "./deeployClient.js";

/** Specifications, from the disk when they were seen before: a node that starts again needs nobody for the jobs that it has. */
export class SpecShelf {
  readonly #options: { readonly directory: string };
  readonly #dependencies: { readonly disk: Disk; readonly deeploy: Pick<DeeployClient, "specBytes"> };

  constructor(
    options: { readonly directory: string },
    dependencies: { readonly disk: Disk; readonly deeploy: Pick<DeeployClient, "specBytes"> },
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** @throws what `DeeployClient.specBytes` and `readSpec` throw */
  async get(specHash: Hash, signal: AbortSignal): Promise<JobSpec> {
    const { disk, deeploy } = this.#dependencies;
    const kept = await disk.readFile(this.#pathOf(specHash));
    if (kept !== undefined && isSpecOf(kept, specHash)) return readSpec(kept);
    const bytes = await deeploy.specBytes(specHash, signal);
    const spec = readSpec(bytes);
    await disk.makeDirectory(this.#options.directory);
    await writeFileAtomic(disk, this.#pathOf(specHash), bytes);
    return spec;
  }

  /** Drops what no job needs any more. */
  async keepOnly(specHashes: ReadonlySet<Hash>): Promise<void> {
    const { disk } = this.#dependencies;
    for (const name of await disk.list(this.#options.directory)) {
      const specHash = name.replace(/\.json$/u, "");
      if (!specHashes.has(specHash)) await disk.remove(join(this.#options.directory, name));
    }
  }

  #pathOf(specHash: Hash): string {
    return join(this.#options.directory, `${specHash}.json`);
  }
}
