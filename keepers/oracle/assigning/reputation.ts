import type { JobState } from "../../chain/jobState.js";
import { endOfSeat } from "../../chain/jobSelectors.js";
import type { ProtocolState } from "../../chain/protocolState.js";
import type { Hash } from "../../protocol/bytes.js";

/** Service bytes so far by assignment, as one commit has them, and the epoch up to which they are counted. */
export interface ServiceRecord {
  readonly epoch: bigint;
  readonly cumulatives: ReadonlyMap<Hash, bigint>;
}

const FULL = 10_000n;
const MOST_BYTES = 255n;
/** Everybody is thought to have served this long as well as this: new deeds have nothing else, and one bad epoch is not all. */
const ASSUMED_EPOCHS = 3n;
const ASSUMED_SHARE = 9_000n;

/** Served share of all that a deed could have served, by token id: 0 to 10,000 basis points. */
export function reputationsOf({ jobs }: Pick<ProtocolState, "jobs">, record: ServiceRecord | undefined) {
  const sums = new Map<number, { bytes: bigint; epochs: bigint }>();
  for (const job of record === undefined ? [] : jobs.values()) {
    for (const seat of job.seats) {
      const sum = sums.get(seat.tokenId) ?? { bytes: 0n, epochs: 0n };
      sum.bytes += record?.cumulatives.get(seat.assignment) ?? 0n;
      sum.epochs += epochsOf(job, seat, (record as ServiceRecord).epoch);
      sums.set(seat.tokenId, sum);
    }
  }
  return (tokenId: number): number => {
    const { bytes, epochs } = sums.get(tokenId) ?? { bytes: 0n, epochs: 0n };
    const served = FULL * bytes + MOST_BYTES * ASSUMED_EPOCHS * ASSUMED_SHARE;
    const share = Number(served / (MOST_BYTES * (epochs + ASSUMED_EPOCHS)));
    return Math.min(share, Number(FULL));
  };
}

/** Epochs up to and including `last` that a seat could serve. */
function epochsOf(job: JobState, seat: JobState["seats"][number], last: bigint): bigint {
  const end = endOfSeat(job, seat);
  const to = end < last + 1n ? end : last + 1n;
  return to > seat.from ? to - seat.from : 0n;
}
