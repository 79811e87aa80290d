import { rootOf } from "../../../soak/collect/leafFile.js";
import type { Association, EpochRecord, History, JobEvent, LeafRecord } from "../../../soak/history.js";
import { minted } from "../../../keepers/protocol/emission.js";

export { rootOf };

const GENESIS = 1_000;
const DURATION = 30;
const ZERO_ROOT = `0x${"0".repeat(64)}`;
export const NODE_DEED = (1n << 248n) | 7n;
export const MASTER_DEED = (2n << 248n) | 1n;
export const ORACLES = ["oracle-1", "oracle-2", "oracle-3", "oracle-4"] as const;
const RATE = 1_000_000n;
export const EPOCHS = 4;

/** Milliseconds from the start of an epoch. */
export function at(epoch: number, seconds: number): number {
  return (GENESIS + epoch * DURATION + seconds) * 1_000;
}

/** What each committed epoch adds to the two deeds, in the order of their ids. */
type Credits = readonly (readonly [node: number, master: number])[];

const FULL: Credits = Array.from({ length: EPOCHS }, () => [255, 255] as const);

/** A run in which nothing happened: two deeds, always there, one job that was served, settled and refunded. */
export function calm(credits: Credits = FULL): History {
  const epochs = epochsOf(credits);
  const [node, master] = [0, 1].map((index) => BigInt(credits.reduce((sum, bytes) => sum + bytes[index]!, 0)));
  const deeds = [
    { deed: NODE_DEED, name: "ND:7", curve: "linear", allocation: 10n ** 21n, duration: 1_080n, start: 0 },
    { deed: MASTER_DEED, name: "MND:1", curve: "logistic", allocation: 10n ** 24n, duration: 30n, start: 0 },
  ] as const;
  const claims = [
    { deed: NODE_DEED, amount: minted(deeds[0], node!) },
    { deed: MASTER_DEED, amount: minted(deeds[1], master!) },
  ];
  const total = claims.reduce((sum, { amount }) => sum + amount, 0n);
  return {
    terms: { genesis: GENESIS, duration: DURATION, slotSeconds: 10 },
    ...{ first: 0, last: EPOCHS - 1, oracles: ORACLES, disturbances: [], epochs, deeds, claims },
    commits: epochs.map(({ commit }) => commit),
    associations: [held(NODE_DEED, "node-1"), held(MASTER_DEED, "oracle-1")],
    ...{ unclaimed: new Map(), refusals: [], supply: { minted: total, burned: 0n, total } },
    ...{ jobTerm: 2, jobEvents: SERVED, escrow: { held: 0n, balances: new Map([[1, 0n]]) } },
    ...{ containers: [], contradictions: [], removed: [] },
  };
}

function held(deed: bigint, keeper: string): Association {
  return { deed, keeper, from: at(-1, 0), to: undefined };
}

/** One node, two epochs, all served: 85 % paid, 15 % burned, and nothing left. */
export const SERVED: readonly JobEvent[] = [
  { kind: "created", jobId: 1, now: 0, owner: "0x1", rate: RATE, nodes: 1, epochs: 2, deposit: 2n * RATE },
  { kind: "assigned", jobId: 1, now: 0, leaving: [], joining: [7] },
  {
    ...{ kind: "settled", jobId: 1, now: 3, tokenId: 7, epoch: 2, cumulative: 510n },
    ...{ paid: 1_700_000n, burned: 300_000n },
  },
];

function epochsOf(credits: Credits): EpochRecord[] {
  let previousRoot = ZERO_ROOT;
  let [node, master] = [0n, 0n];
  return credits.map(([nodeBytes, masterBytes], epoch) => {
    [node, master] = [node + BigInt(nodeBytes), master + BigInt(masterBytes)];
    const leaves: LeafRecord[] = [
      { kind: 1, id: NODE_DEED, cumulative: node },
      { kind: 1, id: MASTER_DEED, cumulative: master },
    ];
    const root = rootOf(leaves);
    const commit = {
      ...{ epoch, root, previousRoot, dataHash: root, leafCount: leaves.length },
      ...{ at: GENESIS + (epoch + 1) * DURATION + 8, isDisproved: false },
    };
    previousRoot = root;
    const reports = ORACLES.map((oracle) => ({ oracle, bytes: Uint8Array.of(nodeBytes, masterBytes) }));
    return { commit, leaves, computedRoot: root, reports };
  });
}

/** Without an epoch's commit; the next one builds on the one before it, and gets the deeds nothing for it. */
export function without(history: History, epoch: number): History {
  const gone = history.epochs.findIndex(({ commit }) => commit.epoch === epoch);
  const next = history.epochs[gone + 1]!;
  const commit = { ...next.commit, previousRoot: history.epochs[gone]!.commit.previousRoot };
  const epochs = history.epochs.map((each) => (each === next ? { ...next, commit } : each));
  return { ...history, epochs: epochs.filter((_, index) => index !== gone) };
}
