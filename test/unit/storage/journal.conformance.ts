import { expect } from "chai";
import fc from "fast-check";
import type { Journal } from "../../../keepers/storage/journal.js";
import { codeOf } from "./temporaryDirectory.js";

export const journalOptions = { maximumRecordBytes: 64 };

export async function replayed(journal: Journal): Promise<number[][]> {
  const records: number[][] = [];
  for await (const record of journal.replay()) records.push([...record]);
  return records;
}

/** What every Journal must do; `create` gives an empty one made with `journalOptions`. */
export function journalConformance(name: string, create: () => Promise<Journal>): void {
  describe(`Journal conformance: ${name}`, () => {
    let journal: Journal;

    beforeEach(async () => {
      journal = await create();
    });

    afterEach(() => journal.close());

    it("replays nothing at first", async () => {
      expect(await replayed(journal)).to.deep.equal([]);
    });

    it("replays what was appended, in order, also when appended at once", async () => {
      const records = fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(records, fc.boolean(), async (list, atOnce) => {
          const fresh = await create();
          if (atOnce) await Promise.all(list.map((record) => fresh.append(record)));
          else for (const record of list) await fresh.append(record);
          expect(await replayed(fresh)).to.deep.equal(list.map((record) => [...record]));
          await fresh.close();
        }),
        { numRuns: 30 },
      );
    });

    it("keeps the bytes as they were at the call", async () => {
      const record = Uint8Array.of(1, 2, 3);
      const appended = journal.append(record);
      record.fill(9);
      await appended;
      expect(await replayed(journal)).to.deep.equal([[1, 2, 3]]);
    });

    it("takes a record of exactly the bound and refuses one byte more", async () => {
      await journal.append(new Uint8Array(64));
      expect(await codeOf(journal.append(new Uint8Array(65)))).to.equal("RECORD_TOO_LARGE");
      expect(await replayed(journal)).to.have.length(1);
    });

    it("truncates everything, or all but what is wanted, and goes on", async () => {
      for (const value of [1, 2, 3, 4]) await journal.append(Uint8Array.of(value));
      await journal.truncate((record) => (record[0] as number) % 2 === 0);
      await journal.append(Uint8Array.of(5));
      expect(await replayed(journal)).to.deep.equal([[2], [4], [5]]);
      await journal.truncate();
      await journal.append(Uint8Array.of(6));
      expect(await replayed(journal)).to.deep.equal([[6]]);
    });

    it("refuses appends once closed, and closes twice", async () => {
      await Promise.all([journal.close(), journal.close()]);
      expect(await codeOf(journal.append(Uint8Array.of(1)))).to.equal("JOURNAL_CLOSED");
    });
  });
}
