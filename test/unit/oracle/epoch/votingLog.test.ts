import { expect } from "chai";

import { VotingLog } from "../../../../keepers/oracle/epoch/votingLog.js";
import { EncodingError, type Hash } from "../../../../keepers/protocol/bytes.js";
import { MemoryJournal } from "../../../../keepers/storage/memoryJournal.js";

const A: Hash = `0x${"aa".repeat(32)}`;
const B: Hash = `0x${"bb".repeat(32)}`;
const record = (byte: number): Uint8Array => Uint8Array.of(byte);

/**
 * given a log on a journal
 * ├── when something was said    it is found by epoch and attempt, after a restart too
 * ├── when a report is promised  no other of its epoch ever is, in any attempt, after a restart too; not before it is on disk
 * ├── when epochs are settled    what is about them is gone, and the rest stays
 * └── when a record is foreign   it does not open
 */
describe("VotingLog", () => {
  let journal: MemoryJournal;
  let log: VotingLog;

  beforeEach(async () => {
    journal = new MemoryJournal({ maximumRecordBytes: 1_024 });
    log = await VotingLog.open(journal);
  });

  it("keeps what was said apart by epoch and attempt", async () => {
    await log.append({ epoch: 7n, attempt: 0 }, record(1));
    await log.append({ epoch: 7n, attempt: 1 }, record(2));
    await log.append({ epoch: 8n, attempt: 0 }, record(3));
    await log.append({ epoch: 7n, attempt: 0 }, record(4));
    for (const known of [log, await VotingLog.open(journal)]) {
      expect(known.recordsOf({ epoch: 7n, attempt: 0 })).to.deep.equal([record(1), record(4)]);
      expect(known.recordsOf({ epoch: 7n, attempt: 1 })).to.deep.equal([record(2)]);
      expect(known.recordsOf({ epoch: 9n, attempt: 0 })).to.deep.equal([]);
    }
  });

  it("promises one report of an epoch, for ever", async () => {
    expect(log.promisedFor(7n)).to.equal(undefined);
    expect(await log.promise(7n, A)).to.equal(true);
    for (const known of [log, await VotingLog.open(journal)]) {
      expect(known.promisedFor(7n)).to.equal(A);
      expect(await known.promise(7n, B)).to.equal(false);
      expect(await known.promise(7n, A)).to.equal(true);
      expect(await known.promise(8n, B)).to.equal(true);
    }
  });

  it("gives no leave before it is on disk, and none for another report after the disk failed", async () => {
    const append = journal.append.bind(journal);
    journal.append = () => Promise.reject(new Error("no space left on device"));
    const failure = await log.promise(7n, A).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    journal.append = append;
    expect(await log.promise(7n, B)).to.equal(false);
    expect((await VotingLog.open(journal)).promisedFor(7n)).to.equal(undefined);
    expect(await log.promise(7n, A)).to.equal(true);
    expect((await VotingLog.open(journal)).promisedFor(7n)).to.equal(A);
  });

  it("forgets what is settled, and nothing else", async () => {
    for (const epoch of [7n, 8n]) {
      await log.append({ epoch, attempt: 2 }, record(Number(epoch)));
      await log.promise(epoch, A);
    }
    await log.forgetThrough(7n);
    for (const known of [log, await VotingLog.open(journal)]) {
      expect(known.recordsOf({ epoch: 7n, attempt: 2 })).to.deep.equal([]);
      expect(known.promisedFor(7n)).to.equal(undefined);
      expect(known.recordsOf({ epoch: 8n, attempt: 2 })).to.deep.equal([record(8)]);
      expect(known.promisedFor(8n)).to.equal(A);
    }
  });

  it("does not open a journal of something else", async () => {
    await journal.append(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0, 1));
    const failure = await VotingLog.open(journal).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(EncodingError).with.property("message").that.includes("got type 9");
  });
});
