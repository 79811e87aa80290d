import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import { Recomputation } from "../../../keepers/oracle/consensus/recompute.js";
import { type OpenedReport } from "../../../keepers/oracle/consensus/types.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { decodeLeafFile } from "../../../keepers/protocol/leafFile.js";
import { ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { CONTEXT } from "./world.js";

const NODE = deedId(DeedKind.NODE, 1n);
const MASTER = deedId(DeedKind.MASTER, 1n);
const OLD = deedId(DeedKind.NODE, 9n);
const links = [NODE, MASTER].map((deed) => ({ deed, node: `0x${"aa".repeat(20)}`, associatedAt: 1n }));
const header = { ...CONTEXT, epoch: 10n, previousRoot: `0x${"cc".repeat(32)}` };
const previousEntries = [
  { kind: 1, id: NODE, cumulative: 1000n },
  { kind: 1, id: OLD, cumulative: 7n },
] as const;

function reports(...bytes: readonly (readonly [number, number])[]): OpenedReport[] {
  return bytes.map((each, index) => ({
    oracle: `0x${String(index).padStart(40, "0")}`,
    reportHash: `0x${String(index).padStart(64, "0")}`,
    bytes: Uint8Array.from(each),
  }));
}

function recomputation(masterFrom: bigint, entries: typeof previousEntries | [] = previousEntries): Recomputation {
  const startEpochs = { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: masterFrom, [DeedKind.GENESIS]: 0n } as const;
  return new Recomputation(
    {},
    { header, subjects: { links, seats: [] }, spent: new Set(), previousEntries: entries, startEpochs },
  );
}

/** Root as OpenZeppelin's library has it. */
function rootOf(entries: readonly (readonly [bigint, bigint])[]): string {
  const leaves = entries.map((entry) =>
    keccak256(keccak256(AbiCoder.defaultAbiCoder().encode(["uint8", "uint256", "uint256"], [1, ...entry]))),
  );
  return SimpleMerkleTree.of(leaves, { sortLeaves: false }).root;
}

describe("recomputation", () => {
  const three = reports([255, 200], [250, 100], [10, 255]);

  it("adds the lower medians to the previous leaves, and commits to the tree over all of them", () => {
    const { medians, commitment } = recomputation(10n).compute(three);
    expect([...medians]).to.deep.equal([250, 200]);
    const expected = rootOf([
      [NODE, 1250n],
      [OLD, 7n],
      [MASTER, 200n],
    ]);
    expect(commitment).to.deep.include({ root: expected, leafCount: 3n });
  });

  it("credits a class from its start epoch on", () => {
    const { commitment, medians } = recomputation(11n).compute(three);
    expect([...medians]).to.deep.equal([250, 200]);
    expect(commitment.root).to.equal(
      rootOf([
        [NODE, 1250n],
        [OLD, 7n],
      ]),
    );
  });

  it("credits service too, from its first epoch on and be it nothing", () => {
    const seats = [7n, 8n].map((job) => ({ jobId: job, deed: NODE, assignment: serviceId(job, NODE) }));
    const inputs = { header, subjects: { links, seats }, spent: new Set<string>(), previousEntries };
    const startEpochs = { [DeedKind.NODE]: 99n, [DeedKind.MASTER]: 99n, [DeedKind.GENESIS]: 99n };
    const bytes = [
      [255, 255, 9, 0],
      [255, 255, 200, 1],
      [255, 255, 7, 0],
    ];
    const all = bytes.map((each, index) => ({ ...three[index]!, bytes: Uint8Array.from(each) }));
    const { file, medians } = new Recomputation({}, { ...inputs, startEpochs }).compute(all);
    expect([...medians]).to.deep.equal([255, 255, 9, 0]);
    const services = seats.map(({ assignment }, i) => ({
      kind: 2,
      id: BigInt(assignment),
      cumulative: i === 0 ? 9n : 0n,
    }));
    expect(file.entries).to.have.deep.members([...previousEntries, ...services]);
    expect(() => new Recomputation({}, { ...inputs, startEpochs }).compute(three)).to.throw(RangeError, "want 4");
  });

  it("drops the leaves of services that are spent", () => {
    const [done, open] = [7n, 8n].map((job) => serviceId(job, NODE));
    const entries = [done!, open!].map((id) => ({ kind: 2, id: BigInt(id), cumulative: 9n }) as const);
    const sorted = entries.sort((a, b) => (a.id < b.id ? -1 : 1));
    const startEpochs = { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 0n, [DeedKind.GENESIS]: 0n };
    const inputs = { header, subjects: { links, seats: [] }, previousEntries: sorted, startEpochs };
    const left = (spent: Set<string>) =>
      new Recomputation({}, { ...inputs, spent })
        .compute(three)
        .file.entries.flatMap(({ kind, id }) => (kind === 2 ? [id] : []));
    expect(left(new Set())).to.have.length(2);
    expect(left(new Set([done!]))).to.deep.equal([BigInt(open!)]);
  });

  it("its file can be read back and has the committed hash", () => {
    const { encoded, commitment, file } = recomputation(0n).compute(three);
    expect(keccak256(encoded)).to.equal(commitment.dataHash);
    expect(decodeLeafFile(encoded)).to.deep.equal(file);
  });

  it("has no root without any leaf", () => {
    const { commitment } = recomputation(0n, []).compute(reports([0, 0], [0, 0], [0, 0]));
    expect(commitment).to.include({ root: ZERO_HASH, leafCount: 0n });
  });

  it("does not depend on the order of the reports, and remembers a set but not too many", () => {
    const once = recomputation(0n);
    const first = once.compute(three);
    expect(once.compute([...three].reverse())).to.equal(first);
    for (let n = 0; n < 4; n++)
      once.compute(reports([n, n]).map((report) => ({ ...report, reportHash: `0x${String(n).repeat(64)}` })));
    const again = once.compute(three);
    expect(again).to.not.equal(first);
    expect(again).to.deep.equal(first);
  });

  it("refuses reports about another number of links", () => {
    const short = reports([1, 2]).map((report) => ({ ...report, bytes: new Uint8Array(1) }));
    expect(() => recomputation(0n).compute(short)).to.throw(RangeError, "reports are about 1 subjects, want 2");
    expect(() => recomputation(0n).compute([])).to.throw(RangeError);
  });
});
