import { expect } from "chai";
import { keccak256 } from "ethers";
import { z } from "zod";
import type { EpochStore } from "../../../keepers/storage/epochStore.js";
import { codeOf } from "./temporaryDirectory.js";

export const metaSchema = z.strictObject({ dataHash: z.string(), note: z.string() });
export type Meta = z.infer<typeof metaSchema>;

/** A leaf file and a report that fits it. */
export function sample(text: string): { readonly leafFile: Uint8Array; readonly meta: Meta } {
  const leafFile = new TextEncoder().encode(`leaves ${text}`);
  return { leafFile, meta: { dataHash: keccak256(leafFile), note: text } };
}

/** What every EpochStore must do; `create` gives an empty one. */
export function epochStoreConformance(name: string, create: () => Promise<EpochStore<Meta>>): void {
  describe(`EpochStore conformance: ${name}`, () => {
    let store: EpochStore<Meta>;

    beforeEach(async () => {
      store = await create();
    });

    async function put(epoch: bigint, text = String(epoch)): Promise<void> {
      const { leafFile, meta } = sample(text);
      await store.put(epoch, leafFile, meta);
    }

    it("has nothing at first", async () => {
      expect(await store.get(0n)).to.equal(undefined);
      expect(await store.latest()).to.equal(undefined);
      expect(await store.list()).to.deep.equal([]);
    });

    it("gives back what was put, epoch 0 and the largest epoch included", async () => {
      for (const epoch of [0n, 7n, 2n ** 64n - 1n]) {
        await put(epoch);
        expect(await store.get(epoch)).to.deep.equal({ epoch, ...sample(String(epoch)) });
      }
    });

    it("lists by number, not by text or order of arrival, and knows the latest", async () => {
      for (const epoch of [10n, 9n, 100n, 1n]) await put(epoch);
      expect(await store.list()).to.deep.equal([1n, 9n, 10n, 100n]);
      expect((await store.latest())?.epoch).to.equal(100n);
    });

    it("replaces an epoch that is put again", async () => {
      await put(3n, "first");
      await put(3n, "second");
      expect((await store.get(3n))?.meta.note).to.equal("second");
      expect(await store.list()).to.deep.equal([3n]);
    });

    it("refuses a leaf file that its report does not name, and keeps what it had", async () => {
      await put(3n, "first");
      const { meta } = sample("other");
      expect(await codeOf(store.put(3n, sample("second").leafFile, meta))).to.equal("DATA_HASH_MISMATCH");
      expect((await store.get(3n))?.meta.note).to.equal("first");
    });

    it("refuses a negative epoch", async () => {
      expect(await codeOf(put(-1n))).to.equal("EPOCH_INVALID");
    });

    it("is not changed by changing what was put or given", async () => {
      const { leafFile, meta } = sample("kept");
      const put = store.put(1n, leafFile, meta);
      leafFile.fill(0);
      await put;
      (await store.get(1n))?.leafFile.fill(0);
      expect(await store.get(1n)).to.deep.equal({ epoch: 1n, ...sample("kept") });
    });
  });
}
