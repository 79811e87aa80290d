import { bytesToHex, ByteWriter, type Hash } from "../../protocol/bytes.js";
import { type DeedKind, parseDeedId } from "../../protocol/deedId.js";
import { type LeafEntry } from "../../protocol/leaf.js";
import {
  availabilityCredit,
  type Credit,
  dataHash,
  encodeLeafFile,
  type LeafFile,
  type LeafFileHeader,
  nextLeafFile,
  serviceCredit,
  treeOfEncoded,
} from "../../protocol/leafFile.js";
import { lowerMedians } from "../../protocol/median.js";
import { type Commitment, ZERO_HASH } from "../../protocol/oracleValue.js";
import { keccak } from "../../protocol/signing.js";
import { subjectCount, type Subjects } from "../../protocol/subjects.js";
import { type OpenedReport } from "./types.js";

/** What an epoch's leaf file follows from, besides the reports. */
export interface RecomputationInputs {
  readonly header: LeafFileHeader;
  readonly subjects: Subjects;
  /** Assignments whose leaves are needed no more. */
  readonly spent: ReadonlySet<Hash>;
  /** The leaves of the last committed epoch. */
  readonly previousEntries: readonly LeafEntry[];
  /** First epoch whose bytes are credited, by class. */
  readonly startEpochs: Readonly<Record<DeedKind, bigint>>;
}

/** The next leaf file, in each form that somebody needs. */
export interface Computed {
  /** The decided byte of each subject, also of classes that are not credited yet. */
  readonly medians: Uint8Array;
  readonly file: LeafFile;
  readonly encoded: Uint8Array;
  readonly commitment: Commitment;
}

/**
 * From a set of reports to the next leaf file. At 46,224 deeds a computation takes a good part of a second, and the same set
 * is asked for by proposal after proposal: the last few results are kept, by set.
 */
export class Recomputation {
  readonly #inputs: RecomputationInputs;
  readonly #capacity: number;
  readonly #known = new Map<Hash, Computed>();

  constructor(options: { readonly capacity?: number }, inputs: RecomputationInputs) {
    this.#capacity = options.capacity ?? 4;
    this.#inputs = inputs;
  }

  /** What a proposal names. @throws RangeError for an empty set or reports of another length */
  readonly commitmentOf = (reports: readonly OpenedReport[]): Commitment => this.compute(reports).commitment;

  /** @throws RangeError for an empty set or reports of another length */
  compute(reports: readonly OpenedReport[]): Computed {
    const key = keyOf(reports);
    const computed = this.#known.get(key) ?? computeNext(this.#inputs, reports);
    this.#known.delete(key);
    this.#known.set(key, computed);
    this.#forgetOldest();
    return computed;
  }

  /** The last few results. */
  get results(): Iterable<Computed> {
    return this.#known.values();
  }

  #forgetOldest(): void {
    if (this.#known.size <= this.#capacity) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

function computeNext(inputs: RecomputationInputs, reports: readonly OpenedReport[]): Computed {
  const { header, subjects, previousEntries, spent } = inputs;
  const medians = lowerMedians(reports.map(({ bytes }) => bytes));
  const count = subjectCount(subjects);
  if (medians.length !== count) throw new RangeError(`reports are about ${medians.length} subjects, want ${count}`);
  const file = nextLeafFile(header, previousEntries, creditsOf(inputs, medians), spent);
  const encoded = encodeLeafFile(file);
  return { medians, file, encoded, commitment: commit(file, encoded) };
}

/** A class's availability counts from its start epoch on; service always does. */
function creditsOf(inputs: RecomputationInputs, medians: Uint8Array): Credit[] {
  const { header, startEpochs } = inputs;
  const { links, seats } = inputs.subjects;
  const ofLinks = links.map(({ deed }, index) => {
    const isCredited = header.epoch >= startEpochs[parseDeedId(deed).kind];
    return availabilityCredit(deed, isCredited ? (medians[index] as number) : 0);
  });
  const ofSeats = seats.map(({ assignment }, index) =>
    serviceCredit(assignment, medians[links.length + index] as number),
  );
  return [...ofLinks, ...ofSeats];
}

function commit(file: LeafFile, encoded: Uint8Array): Commitment {
  const root = file.entries.length === 0 ? ZERO_HASH : treeOfEncoded(encoded).root;
  return { root, dataHash: dataHash(encoded), leafCount: BigInt(file.entries.length) };
}

/** The order in which the reports are given does not matter to the result, nor to the key. */
function keyOf(reports: readonly OpenedReport[]): Hash {
  const writer = new ByteWriter();
  const sorted = [...reports].sort((a, b) => (a.oracle < b.oracle ? -1 : 1));
  for (const { oracle, reportHash } of sorted) writer.address(oracle).bytes32(reportHash);
  return bytesToHex(keccak(writer.toBytes()));
}
