import type { Commit } from "../../chain/protocolState.js";
import { type Hash } from "../../protocol/bytes.js";
import { LeafKind } from "../../protocol/leaf.js";
import { decodeLeafFile } from "../../protocol/leafFile.js";
import type { EpochMeta, EpochStore } from "../../storage/epochStore.js";
import type { ServiceRecord } from "./reputation.js";

export interface ServiceRecordsDependencies {
  readonly archive: Pick<EpochStore<EpochMeta>, "get">;
}

/** Service bytes as commits have them, out of this oracle's leaf files. The last one stays in memory. */
export class ServiceRecords {
  readonly #dependencies: ServiceRecordsDependencies;
  #last: { readonly dataHash: Hash; readonly record: ServiceRecord } | undefined;

  constructor(dependencies: ServiceRecordsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Undefined when this oracle does not have the commit's leaf file. Rejects as the archive does. */
  async of({ epoch, dataHash }: Pick<Commit, "epoch" | "dataHash">): Promise<ServiceRecord | undefined> {
    if (this.#last?.dataHash === dataHash) return this.#last.record;
    const stored = await this.#dependencies.archive.get(epoch);
    if (stored?.meta.dataHash !== dataHash) return undefined;
    const cumulatives = new Map<Hash, bigint>();
    for (const { kind, id, cumulative } of decodeLeafFile(stored.leafFile).entries) {
      if (kind === LeafKind.SERVICE) cumulatives.set(`0x${id.toString(16).padStart(64, "0")}`, cumulative);
    }
    this.#last = { dataHash, record: { epoch, cumulatives } };
    return this.#last.record;
  }
}
