import { checkDataHash, type EpochMeta, type EpochStore, type StoredEpoch } from "./epochStore.js";

/** An EpochStore that forgets everything with the process. Like a disk it answers later, never at once. */
export class MemoryEpochStore<M extends EpochMeta> implements EpochStore<M> {
  readonly #epochs = new Map<bigint, StoredEpoch<M>>();

  async put(epoch: bigint, leafFile: Uint8Array, meta: M): Promise<void> {
    const stored = { epoch, leafFile: leafFile.slice(), meta: structuredClone(meta) };
    await Promise.resolve();
    checkDataHash(epoch, stored.leafFile, meta);
    this.#epochs.set(epoch, stored);
  }

  async get(epoch: bigint): Promise<StoredEpoch<M> | undefined> {
    await Promise.resolve();
    const stored = this.#epochs.get(epoch);
    return stored && { epoch, leafFile: stored.leafFile.slice(), meta: structuredClone(stored.meta) };
  }

  async latest(): Promise<StoredEpoch<M> | undefined> {
    const last = (await this.list()).at(-1);
    return last === undefined ? undefined : this.get(last);
  }

  list(): Promise<bigint[]> {
    return Promise.resolve([...this.#epochs.keys()].sort((a, b) => (a < b ? -1 : 1)));
  }
}
