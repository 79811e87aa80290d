/** One line of the benchmark. */
export interface Operation {
  /** Its name in the JSON and in the snapshot. */
  readonly key: OperationKey;
  readonly title: string;
  /** Gas in the public predecessor, ratio1-sc, at the same hard fork with the optimizer on; absent where it has no such call. */
  readonly predecessor?: number;
  /** Most gas that it may cost here. */
  readonly ceiling: number;
}

export type OperationKey = keyof typeof LINES;

/** Gas of a whole transaction, per operation. */
export type Figures = Readonly<Record<OperationKey, number>>;

type Line = readonly [title: string, predecessor: number | undefined, ceiling: number];

const LINES = {
  "buy-1": ["buy 1 deed", 494_556, 150_000],
  "buy-10": ["buy 10 deeds", 1_577_899, 200_000],
  "buy-50": ["buy 50 deeds", 6_423_724, 350_000],
  associate: ["associate a node, first time", 187_379, 115_000],
  "claim-later-1": ["claim 1 deed, 1 epoch after its last claim", 178_558, 80_000],
  "claim-later-30": ["claim 1 deed, 30 epochs after", 208_708, 80_000],
  "claim-later-1080": ["claim 1 deed, 1,080 epochs after", 1_391_457, 80_000],
  "claim-first": ["first claim of a deed, first R1 of its owner", 215_570, 98_000],
  "claim-10": ["claim 10 deeds, 30 epochs after", 1_198_164, 320_000],
  "claim-mnd-365": ["claim an MND, 365 epochs after", 4_790_187, 92_000],
  "commit-5": ["commit an epoch, 5 oracles", undefined, 95_000],
  "commit-21": ["commit an epoch, 21 oracles", undefined, 180_000],
  disprove: ["disprove a root, eject 15 of 21 oracles", undefined, 380_000],
  "report-equivocation": ["report an equivocation, 21 oracles", undefined, 230_000],
  challenge: ["challenge an oracle", undefined, 55_000],
  answer: ["answer a challenge", undefined, 40_000],
  "remove-silent": ["remove a silent oracle, 21 oracles", undefined, 210_000],
  "transfer-live": ["transfer a deed with a live node", undefined, 110_000],
  "job-create": ["create a job", 328_147, 150_000],
  "job-assign-1": ["assign 1 node, 5 oracles", 671_541, 130_000],
  "job-assign-10": ["assign 10 nodes, 5 oracles", 1_100_026, 300_000],
  "job-settle-1": ["settle 1 node of a job, later settlement", 144_051, 100_000],
  "job-settle-10": ["settle 10 nodes of a job, later settlement", 810_477, 400_000],
} as const satisfies Record<string, Line>;

/** Every operation, in the order in which it is printed. */
export const OPERATIONS: readonly Operation[] = (Object.entries(LINES) as [OperationKey, Line][]).map(
  ([key, [title, predecessor, ceiling]]) => ({
    key,
    title,
    ceiling,
    ...(predecessor === undefined ? {} : { predecessor }),
  }),
);
