import { expect } from "chai";
import fc from "fast-check";
import { cumulativeIn } from "../../../../keepers/oracle/api/leafLookup.js";
import type { LeafEntry, LeafKind } from "../../../../keepers/protocol/leaf.js";
import { compareLeaves } from "../../../../keepers/protocol/leaf.js";
import { encodeLeafFile } from "../../../../keepers/protocol/leafFile.js";
import { ledger } from "./world.js";

const header = { chainId: 1n, ledger, epoch: 9n, previousRoot: `0x${"12".repeat(32)}` };
const id = fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(0n, 2n ** 256n - 1n));
const entry = fc.record({
  kind: fc.constantFrom<LeafKind[]>(1, 2),
  id,
  cumulative: fc.bigInt(1n, 2n ** 64n - 1n),
});

describe("cumulativeIn", () => {
  it("property: finds every leaf of a file, and zero for those that it has not", () => {
    const entries = fc.uniqueArray(entry, { selector: ({ kind, id: key }) => `${kind}/${key}`, maxLength: 40 });
    fc.assert(
      fc.property(entries, fc.array(id), (unsorted: LeafEntry[], others) => {
        const sorted = [...unsorted].sort(compareLeaves);
        const file = encodeLeafFile({ ...header, entries: sorted });
        for (const { kind, id: key, cumulative } of sorted) expect(cumulativeIn(file, kind, key)).to.equal(cumulative);
        for (const other of others) {
          const known = sorted.find(({ kind, id: key }) => kind === 1 && key === other);
          expect(cumulativeIn(file, 1, other)).to.equal(known?.cumulative ?? 0n);
        }
      }),
    );
  });

  it("reads a file that lies in the middle of a larger buffer", () => {
    const file = encodeLeafFile({ ...header, entries: [{ kind: 1, id: 5n, cumulative: 77n }] });
    const larger = new Uint8Array(file.length + 20);
    larger.set(file, 10);
    expect(cumulativeIn(larger.subarray(10, 10 + file.length), 1, 5n)).to.equal(77n);
  });
});
