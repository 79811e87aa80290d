import { expect } from "chai";
import { concat, keccak256, solidityPacked } from "ethers";
import fc from "fast-check";
import { bytesToHex, concatBytes, EncodingError, hexToBytes } from "../../../keepers/protocol/bytes.js";
import { compareLeaves, type LeafEntry, LeafKind } from "../../../keepers/protocol/leaf.js";
import {
  availabilityCredit,
  type Credit,
  dataHash,
  decodeLeafFile,
  encodeLeafFile,
  indexOfLeaf,
  type LeafFile,
  nextLeafFile,
  serviceCredit,
  treeOf,
} from "../../../keepers/protocol/leafFile.js";

const HEADER = {
  chainId: 31337n,
  ledger: `0x${"ab".repeat(20)}`,
  epoch: 7n,
  previousRoot: `0x${"cd".repeat(32)}`,
};
const HEADER_BYTES = 8 + 1 + 8 + 20 + 8 + 32 + 8;
const ENTRY_BYTES = 41;
const availability = (id: bigint, cumulative: bigint): LeafEntry => ({ kind: LeafKind.AVAILABILITY, id, cumulative });
const service = (id: bigint, cumulative: bigint): LeafEntry => ({ kind: LeafKind.SERVICE, id, cumulative });
const ENTRIES = [availability(3n, 255n), availability(4n, 1n), service(1n, 9n)];
const FILE: LeafFile = { ...HEADER, entries: ENTRIES };

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const entry = fc.record({
  kind: fc.constantFrom(LeafKind.AVAILABILITY, LeafKind.SERVICE),
  id: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  cumulative: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
});
const file = fc.record({
  chainId: u64,
  ledger: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytesToHex),
  epoch: u64,
  previousRoot: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex),
  entries: fc
    .uniqueArray(entry, { selector: ({ kind, id }) => `${kind}:${id}`, maxLength: 20 })
    .map((entries) => entries.sort(compareLeaves)),
});

function packed({ chainId, ledger, epoch, previousRoot, entries }: LeafFile): string {
  return concat([
    solidityPacked(
      ["string", "uint8", "uint64", "address", "uint64", "bytes32", "uint64"],
      ["R1LEAVES", 1, chainId, ledger, epoch, previousRoot, entries.length],
    ),
    ...entries.map(({ kind, id, cumulative }) =>
      solidityPacked(["uint8", "uint256", "uint64"], [kind, id, cumulative]),
    ),
  ]);
}

describe("leaf file", () => {
  it("is encoded as the protocol says and read back whole", () => {
    fc.assert(
      fc.property(file, (sample) => {
        const encoded = encodeLeafFile(sample);
        expect(bytesToHex(encoded)).to.equal(packed(sample));
        expect(decodeLeafFile(encoded)).to.deep.equal(sample);
        expect(dataHash(encoded)).to.equal(keccak256(encoded));
      }),
    );
  });

  it("refuses every truncation and any extension", () => {
    const encoded = encodeLeafFile(FILE);
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeLeafFile(encoded.subarray(0, length)), `${length} bytes`).to.throw(EncodingError);
    }
    for (const extra of [1, ENTRY_BYTES]) {
      expect(() => decodeLeafFile(concatBytes(encoded, new Uint8Array(extra)))).to.throw(EncodingError, "entries");
    }
  });

  it("has one encoding: any changed byte is refused or means something else", () => {
    const encoded = encodeLeafFile(FILE);
    fc.assert(
      fc.property(fc.nat(encoded.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const mutant = encoded.slice();
        mutant[at]! ^= mask;
        let decoded: LeafFile;
        try {
          decoded = decodeLeafFile(mutant);
        } catch (error) {
          expect(error).to.be.instanceOf(EncodingError);
          return;
        }
        expect(encodeLeafFile(decoded)).to.deep.equal(mutant);
        expect(decoded).not.to.deep.equal(FILE);
      }),
    );
  });

  it("refuses wrong entries, when written and when read", () => {
    const wrong: Record<string, LeafEntry[]> = {
      descending: [availability(4n, 1n), availability(3n, 1n)],
      repeated: [availability(3n, 1n), availability(3n, 2n)],
      "kinds descending": [service(1n, 1n), availability(3n, 1n)],
      "zero cumulative": [availability(3n, 0n)],
      "kind 0": [{ ...availability(3n, 1n), kind: 0 as LeafKind }],
      "kind 3": [{ ...availability(3n, 1n), kind: 3 as LeafKind }],
    };
    for (const [name, entries] of Object.entries(wrong)) {
      expect(() => encodeLeafFile({ ...HEADER, entries }), name).to.throw(EncodingError);
      expect(() => decodeLeafFile(hexToBytes(packed({ ...HEADER, entries }))), name).to.throw(EncodingError);
    }
    const unwritable = [
      availability(-1n, 1n),
      availability(2n ** 256n, 1n),
      availability(1n, -1n),
      availability(1n, 2n ** 64n),
    ];
    for (const bad of unwritable) expect(() => encodeLeafFile({ ...HEADER, entries: [bad] })).to.throw(EncodingError);
  });

  it("refuses another format, another version, and a count that could exhaust memory", () => {
    const encoded = encodeLeafFile(FILE);
    const change = (at: number, value: number) => {
      const copy = encoded.slice();
      copy[at] = value;
      return copy;
    };
    expect(() => decodeLeafFile(change(0, 0x51))).to.throw(EncodingError, "R1LEAVES");
    expect(() => decodeLeafFile(change(8, 2))).to.throw(EncodingError, "got version 2, want 1");
    expect(() => decodeLeafFile(change(HEADER_BYTES - 8, 255))).to.throw(EncodingError, "entries take other than");
    expect(() => decodeLeafFile(change(HEADER_BYTES - 1, 2))).to.throw(EncodingError, "entries take other than");
  });

  it("finds a deed's leaf, whose index is the tree's", () => {
    fc.assert(
      fc.property(file, entry, (sample, other) => {
        sample.entries.forEach(({ kind, id }, index) => expect(indexOfLeaf(sample, kind, id)).to.equal(index));
        const at = sample.entries.findIndex((present) => compareLeaves(present, other) === 0);
        expect(indexOfLeaf(sample, other.kind, other.id)).to.equal(at === -1 ? undefined : at);
      }),
    );
    expect(treeOf(FILE).size).to.equal(3);
    expect(() => treeOf({ ...FILE, entries: [] })).to.throw(RangeError);
  });
});

describe("next leaf file", () => {
  const credits = fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom(LeafKind.AVAILABILITY, LeafKind.SERVICE),
      id: fc.bigInt({ min: 1n, max: 12n }),
      bytes: fc.integer({ min: 0, max: 255 }),
    }),
    { selector: ({ kind, id }) => `${kind}:${id}` },
  );

  it("adds up every leaf's bytes, whatever the order of credits, and loses nobody", () => {
    fc.assert(
      fc.property(fc.array(credits, { maxLength: 8 }), (epochs) => {
        const totals = new Map<string, LeafEntry>([["2:77", service(77n, 5n)]]);
        let entries: readonly LeafEntry[] = [...totals.values()];
        for (const epochCredits of epochs) {
          for (const { kind, id, bytes } of epochCredits) {
            const known = totals.get(`${kind}:${id}`)?.cumulative ?? 0n;
            totals.set(`${kind}:${id}`, { kind, id, cumulative: known + BigInt(bytes) });
          }
          const next = nextLeafFile(HEADER, entries, epochCredits);
          const shuffled = nextLeafFile(HEADER, entries, [...epochCredits].reverse());
          expect(encodeLeafFile(next)).to.deep.equal(encodeLeafFile(shuffled));
          expect(decodeLeafFile(encodeLeafFile(next))).to.deep.equal(next);
          entries = next.entries;
        }
        const expected = [...totals.values()]
          .filter(({ kind, cumulative }) => kind === LeafKind.SERVICE || cumulative > 0n)
          .sort(compareLeaves);
        expect(entries).to.deep.equal(expected);
      }),
    );
  });

  it("keeps a deed that got nothing, and leaves the previous file as it was", () => {
    const before = structuredClone(ENTRIES);
    const next = nextLeafFile({ ...HEADER, epoch: 8n }, ENTRIES, [
      availabilityCredit(4n, 254),
      availabilityCredit(2n, 0),
      availabilityCredit(1n, 1),
    ]);
    expect(next.epoch).to.equal(8n);
    expect(next.entries).to.deep.equal([
      availability(1n, 1n),
      availability(3n, 255n),
      availability(4n, 255n),
      service(1n, 9n),
    ]);
    expect(ENTRIES).to.deep.equal(before);
  });

  it("never credits a service as a deed of the same id, nor the other way round", () => {
    const next = nextLeafFile(HEADER, [service(1n, 9n)], [availabilityCredit(1n, 5)]);
    expect(next.entries).to.deep.equal([availability(1n, 5n), service(1n, 9n)]);
    const after = nextLeafFile(HEADER, next.entries, [serviceCredit(`0x${"1".padStart(64, "0")}`, 7)]);
    expect(after.entries).to.deep.equal([availability(1n, 5n), service(1n, 16n)]);
  });

  it("has a leaf for a service from its first epoch on, though nothing was served", () => {
    const id = `0x${"2".padStart(64, "0")}`;
    const next = nextLeafFile(HEADER, [], [serviceCredit(id, 0), availabilityCredit(2n, 0)]);
    expect(next.entries).to.deep.equal([service(2n, 0n)]);
    expect(nextLeafFile(HEADER, next.entries, [serviceCredit(id, 255)]).entries).to.deep.equal([service(2n, 255n)]);
  });

  it("refuses to credit a leaf twice, or anything but a byte", () => {
    const credit = (bytes: number): Credit => availabilityCredit(1n, bytes);
    expect(() => nextLeafFile(HEADER, [], [credit(1), credit(2)])).to.throw(RangeError, "credited twice");
    expect(() => nextLeafFile(HEADER, [], [credit(0), credit(2)])).to.throw(RangeError, "credited twice");
    for (const bytes of [-1, 256, 0.5, Number.NaN]) {
      expect(() => nextLeafFile(HEADER, [], [credit(bytes)])).to.throw(RangeError, "want 0 to 255");
    }
  });
});
