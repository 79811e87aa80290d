import { expect } from "chai";
import { MemoryDisk } from "../../../../keepers/core/memoryDisk.js";
import { VotedFiles } from "../../../../keepers/oracle/epoch/votedFiles.js";
import { dataHash } from "../../../../keepers/protocol/leafFile.js";

const directory = "/voted";
const file = Uint8Array.of(1, 2, 3);
const named = { epoch: 5n, hash: dataHash(file) };

describe("VotedFiles", () => {
  it("are not what they are named when the disk damaged them", async () => {
    const disk = new MemoryDisk();
    const files = await VotedFiles.open({ directory }, { disk });
    await files.keep(named, file);
    const damaged = await disk.open(`${directory}/5-${named.hash}.leaves`);
    await damaged.write(0, Uint8Array.of(9));
    expect(await files.find(named)).to.equal(undefined);
  });

  it("are forgotten with their epoch, and not before", async () => {
    const disk = new MemoryDisk();
    const files = await VotedFiles.open({ directory }, { disk });
    await files.keep(named, file);
    await files.forgetThrough(4n);
    expect(await files.find(named)).to.deep.equal(file);
    await files.forgetThrough(5n);
    expect(await files.find(named)).to.equal(undefined);
    expect(await disk.list(directory)).to.deep.equal([]);
  });
});
