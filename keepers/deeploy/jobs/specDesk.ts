import { KeeperError } from "../../core/errors.js";
import { ApiError } from "../../core/http/apiError.js";
import type { Hash } from "../../protocol/bytes.js";
import { excessOver } from "../../protocol/jobResources.js";
import { encodeJobSpec, hashJobSpec, type JobSpec, JobSpecError, parseJobSpec } from "../../protocol/jobSpec.js";
import type { BlobStore } from "../stores/blobStore.js";
import type { CatalogClass, JobsView } from "../views.js";
import type { Vault } from "./vault.js";

export interface SpecDeskDependencies {
  readonly jobs: Pick<JobsView, "classes">;
  readonly specs: Pick<BlobStore, "put" | "get">;
  readonly vault: Vault;
}

/** A specification as somebody hands it in, for a class and maybe a GPU add-on (zero: none). */
export interface SpecSubmission {
  readonly spec: unknown;
  readonly sealedSecrets: Uint8Array | undefined;
  readonly classId: number;
  readonly gpu: number;
}

/** Takes specifications in, once they are known to be runnable, and gives them out by hash. */
export class SpecDesk {
  readonly #dependencies: SpecDeskDependencies;

  constructor(dependencies: SpecDeskDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Keeps a specification and its secrets; gives its hash.
   * @throws ApiError 400 `SPEC_INVALID`, `CLASS_UNKNOWN`, `CLASS_EXCEEDED` and what `Vault.keep` throws; 507 `STORE_FULL`
   */
  async take({ spec: input, sealedSecrets, classId, gpu }: SpecSubmission): Promise<Hash> {
    const spec = readSpec(input);
    this.#checkFit(spec, classId, gpu);
    const specHash = hashJobSpec(spec);
    try {
      await this.#dependencies.vault.keep(spec, specHash, sealedSecrets);
      await this.#dependencies.specs.put(specHash, encodeJobSpec(spec));
    } catch (error) {
      if (error instanceof KeeperError && error.code === "STORE_FULL") throw full();
      throw error;
    }
    return specHash;
  }

  /** The canonical bytes. @throws ApiError 404 `SPEC_UNKNOWN` */
  async bytesOf(specHash: Hash): Promise<Uint8Array> {
    const bytes = await this.#dependencies.specs.get(specHash);
    if (bytes !== undefined) return bytes;
    throw new ApiError(
      404,
      "SPEC_UNKNOWN",
      `this service does not have the specification ${specHash}; ask another one`,
    );
  }

  #checkFit(spec: JobSpec, classId: number, gpu: number): void {
    const given = findClass(this.#dependencies.jobs.classes, classId, false);
    if (gpu !== 0) findClass(this.#dependencies.jobs.classes, gpu, true);
    const excess = excessOver(spec, given, gpu !== 0);
    if (excess.length === 0) return;
    throw new ApiError(400, "CLASS_EXCEEDED", `class ${given.name} is too small: ${excess.join("; ")}`);
  }
}

/** A class, or an add-on, by its number. @throws ApiError 400 `CLASS_UNKNOWN` */
export function findClass(classes: readonly CatalogClass[], classId: number, isGpu: boolean): CatalogClass {
  const found = classes.find((each) => each.classId === classId && each.isGpu === isGpu);
  if (found !== undefined) return found;
  const what = isGpu ? "GPU add-on" : "class";
  throw new ApiError(400, "CLASS_UNKNOWN", `the catalog has no ${what} ${classId}; GET /classes lists them`);
}

function readSpec(input: unknown): JobSpec {
  try {
    return parseJobSpec(input);
  } catch (error) {
    if (error instanceof JobSpecError) throw new ApiError(400, "SPEC_INVALID", error.message);
    throw error;
  }
}

function full(): ApiError {
  return new ApiError(507, "STORE_FULL", "this service keeps as many jobs as it can; deploy through another one");
}
