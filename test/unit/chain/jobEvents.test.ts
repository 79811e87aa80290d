import { expect } from "chai";
import type { Interface } from "ethers";

import { EventDecoder } from "../../../keepers/chain/eventDecoder.js";
import { KeeperError } from "../../../keepers/core/errors.js";
import { IJobEscrow__factory, IResourceCatalog__factory } from "../../../typechain-types/index.js";
import { address } from "./fakeChain.js";

const CONTRACTS = ["NodeRegistry", "OperatorRegistry", "OracleRegistry", "EpochLedger"];
const COLLECTIONS = ["NodeDeed", "MasterNodeDeed", "GenesisNodeDeed"];
const [ESCROW, CATALOG, OWNER, PAYEE] = [address(20), address(21), address(30), address(31)];
const SPEC = `0x${"ab".repeat(32)}`;

const escrow = IJobEscrow__factory.createInterface();
const catalog = IResourceCatalog__factory.createInterface();

/** What each event says, by its arguments in the order of the interface. */
const ESCROW_EVENTS: [string, unknown[], object][] = [
  [
    "JobCreated",
    [7n, OWNER, SPEC, 3, 4, 5, 60, 10n ** 17n, 30n * 10n ** 18n],
    {
      jobId: 7n,
      owner: OWNER,
      specHash: SPEC,
      classId: 3,
      gpu: 4,
      nodes: 5,
      epochs: 60,
      rate: 10n ** 17n,
      deposit: 30n * 10n ** 18n,
    },
  ],
  ["SpecChanged", [7n, SPEC], { jobId: 7n, specHash: SPEC }],
  ["JobExtended", [7n, 90, 5n], { jobId: 7n, epochs: 90, deposit: 5n }],
  ["JobScaled", [7n, 6, 9n], { jobId: 7n, nodes: 6, deposit: 9n }],
  ["JobClosed", [7n, 44n], { jobId: 7n, end: 44n }],
  ["NodesAssigned", [7n, 2, [1, 2], [3], 11n], { jobId: 7n, sequence: 2, leaving: [1, 2], joining: [3], from: 11n }],
  ["NodesReleased", [7n, [8, 9], 12n], { jobId: 7n, leaving: [8, 9], to: 12n }],
  [
    "Settled",
    [7n, 9, PAYEE, 30n, 7_650n, 85n, 15n, 1n],
    { jobId: 7n, tokenId: 9, payee: PAYEE, epochs: 30n, bytesServed: 7_650n, paid: 85n, burned: 15n, penalty: 1n },
  ],
  ["Refunded", [7n, OWNER, 6n], { jobId: 7n, owner: OWNER, amount: 6n }],
];

describe("events of jobs", () => {
  const names = [...CONTRACTS, ...COLLECTIONS];
  const contracts = Object.fromEntries(names.map((name, index) => [name, address(index + 1)]));
  const decoder = new EventDecoder({
    chainId: 31_337,
    contracts: { ...contracts, JobEscrow: ESCROW, ResourceCatalog: CATALOG },
    fromBlock: 0,
  });
  const logOf = (from: string, abi: Interface, name: string, args: unknown[]) => ({
    address: from,
    ...abi.encodeEventLog(name, args),
  });

  for (const [type, args, said] of ESCROW_EVENTS) {
    it(`${type} says what the escrow said`, () => {
      expect(decoder.decode(logOf(ESCROW, escrow, type, args))).to.deep.equal({ type, ...said });
    });
  }

  it("ClassSet says what the catalog offers", () => {
    const log = logOf(CATALOG, catalog, "ClassSet", [3, "small", [12n, 1_000, 2_048, 4_096, true, false]]);
    expect(decoder.decode(log)).to.deep.equal({
      ...{ type: "ClassSet", classId: 3, name: "small", price: 12n },
      ...{ milliCpu: 1_000, memoryMiB: 2_048, diskMiB: 4_096, isGpu: true, isOffered: false },
    });
  });

  it("count from their own contract only", () => {
    expect(decoder.decode(logOf(CATALOG, escrow, "JobClosed", [7n, 44n]))).to.equal(undefined);
  });

  it("that are cut off are refused, and may be asked for again", () => {
    const log = logOf(ESCROW, escrow, "Settled", [7n, 9, PAYEE, 30n, 7_650n, 85n, 15n, 1n]);
    expect(() => decoder.decode({ ...log, data: log.data.slice(0, -64) }))
      .to.throw(KeeperError)
      .with.property("retriable", true);
  });
});
