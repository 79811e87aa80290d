import { expect } from "chai";
import fc from "fast-check";

import type { EventBody } from "../../../keepers/chain/chainEvent.js";
import {
  endOfJob,
  endOfSeat,
  isOver,
  jobsOf,
  liveSeats,
  openPlaces,
  seatsAt,
  spentServices,
} from "../../../keepers/chain/jobSelectors.js";
import type { JobState } from "../../../keepers/chain/jobState.js";
import { applyEvents, emptyState, type ProtocolState } from "../../../keepers/chain/protocolState.js";
import { DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { eventAt } from "./events.js";
import { address, hash } from "./fakeChain.js";

const owner = address(0xb1);
const nd = (tokenId: number): bigint => deedId(DeedKind.NODE, BigInt(tokenId));
const seatOf = (jobId: bigint, tokenId: number) => {
  return { jobId, deed: nd(tokenId), assignment: serviceId(jobId, nd(tokenId)) };
};
const created = (jobId: bigint, nodes = 2, epochs = 4): EventBody => {
  const terms = { classId: 3, gpu: 0, nodes, epochs, rate: 10n, deposit: 10n * BigInt(nodes * epochs) };
  return { type: "JobCreated", jobId, owner, specHash: hash(7), ...terms };
};
const assigned = (jobId: bigint, from: bigint, joining: number[], leaving: number[] = [], sequence = 0): EventBody => {
  return { type: "NodesAssigned", jobId, sequence, leaving, joining, from };
};

function after(...bodies: EventBody[]): ProtocolState {
  return applyEvents(
    emptyState,
    bodies.map((body) => eventAt(1_000, body)),
  );
}

const jobIn = (state: ProtocolState, jobId = 1n): JobState => state.jobs.get(jobId)!;

/**
 * given a job that was created                no seats, all places open, never over
 * ├── when nodes are assigned                  it starts with that epoch; they are paid from it on
 * ├── when one is replaced                     the one that leaves is paid up to the epoch before, the other from it on
 * ├── when a place is given up with its deed   that is paid to the epoch named
 * ├── when it is closed                        the rest is paid to the end named; one that never began is over at once
 * └── when it is extended, settled, refunded   length and money follow
 */
describe("jobs", () => {
  it("begin with their first assignment, and end a fixed number of epochs later", () => {
    const waiting = after(created(1n));
    expect(endOfJob(jobIn(waiting))).to.equal(undefined);
    expect([isOver(jobIn(waiting), 1_000n), openPlaces(waiting, 1n, 1_000n)]).to.deep.equal([false, 2]);
    const state = after(created(1n), assigned(1n, 5n, [9]));
    expect(jobIn(state)).to.include({ start: 5n, sequence: 1 });
    expect([4n, 5n, 8n, 9n].map((epoch) => seatsAt(state, epoch).length)).to.deep.equal([0, 1, 1, 0]);
    expect(seatsAt(state, 5n)).to.deep.equal([seatOf(1n, 9)]);
    expect([8n, 9n].map((epoch) => isOver(jobIn(state), epoch))).to.deep.equal([false, true]);
  });

  it("have open places as long as an assignment would be paid for an epoch", () => {
    const state = after(created(1n), assigned(1n, 5n, [9]));
    expect([4n, 7n, 8n, 9n].map((epoch) => openPlaces(state, 1n, epoch))).to.deep.equal([1, 1, 0, 0]);
    expect(openPlaces(state, 2n, 5n)).to.equal(0);
  });

  it("pay for each epoch of a place one of the two that follow each other in it", () => {
    const state = after(created(1n, 1), assigned(1n, 5n, [9]), assigned(1n, 7n, [4], [9], 1));
    expect([6n, 7n].map((epoch) => seatsAt(state, epoch))).to.deep.equal([[seatOf(1n, 9)], [seatOf(1n, 4)]]);
    expect([9, 4].map((token) => jobsOf(state, token, 6n).length)).to.deep.equal([1, 1]);
    expect([9, 4].map((token) => jobsOf(state, token, 7n).length)).to.deep.equal([0, 1]);
  });

  it("forget who left before an epoch that is paid", () => {
    const state = after(created(1n), assigned(1n, 5n, [9]), assigned(1n, 5n, [4], [9], 1));
    expect(jobIn(state).seats.map(({ tokenId }) => tokenId)).to.deep.equal([4]);
    expect(jobsOf(state, 9, 4n)).to.deep.equal([]);
  });

  it("pay who gives up a place to the epoch named", () => {
    const released: EventBody = { type: "NodesReleased", jobId: 1n, leaving: [9], to: 7n };
    const scaled: EventBody = { type: "JobScaled", jobId: 1n, nodes: 1, deposit: 0n };
    const state = after(created(1n), assigned(1n, 5n, [9, 4]), scaled, released);
    expect([6n, 7n].map((epoch) => seatsAt(state, epoch))).to.deep.equal([
      [seatOf(1n, 4), seatOf(1n, 9)],
      [seatOf(1n, 4)],
    ]);
    expect(openPlaces(state, 1n, 5n)).to.equal(0);
  });

  it("end when they are closed, at once when they never began", () => {
    const state = after(created(1n), assigned(1n, 5n, [9]), { type: "JobClosed", jobId: 1n, end: 7n });
    expect([6n, 7n].map((epoch) => seatsAt(state, epoch).length)).to.deep.equal([1, 0]);
    const never = after(created(1n), { type: "JobClosed", jobId: 1n, end: 0n });
    expect([isOver(jobIn(never), 0n), openPlaces(never, 1n, 0n)]).to.deep.equal([true, 0]);
  });

  it("know their money, and what is settled of whom", () => {
    const settled = { type: "Settled", jobId: 1n, tokenId: 9, payee: owner, epochs: 2n, bytesServed: 510n } as const;
    const state = after(
      created(1n),
      assigned(1n, 5n, [9, 4]),
      { type: "JobExtended", jobId: 1n, epochs: 6, deposit: 40n },
      { ...settled, paid: 17n, burned: 3n, penalty: 0n },
      { type: "Refunded", jobId: 1n, owner, amount: 5n },
    );
    expect(jobIn(state)).to.include({ epochs: 6, deposit: 120n, paid: 17n, burned: 3n, refunded: 5n });
    expect(jobIn(state).seats.map(({ unsettledFrom }) => unsettledFrom)).to.deep.equal([7n, 5n]);
  });

  it("need no leaf any more once they are over, and all that a deed is paid for is settled", () => {
    const settled = (tokenId: number, epochs: bigint): EventBody => {
      const money = { bytesServed: 0n, paid: 0n, burned: 0n, penalty: 0n };
      return { type: "Settled", jobId: 1n, tokenId, payee: owner, epochs, ...money };
    };
    const begun = [created(1n), assigned(1n, 5n, [9, 4]), assigned(1n, 7n, [2], [4], 1)];
    const ids = (state: ProtocolState, epoch: bigint) => [...spentServices(state, epoch)];
    expect(ids(after(...begun, settled(4, 2n)), 8n)).to.deep.equal([]);
    expect(ids(after(...begun, settled(4, 2n)), 9n)).to.deep.equal([serviceId(1n, nd(4))]);
    expect(ids(after(...begun, settled(9, 2n)), 9n)).to.deep.equal([]);
    expect(ids(after(...begun, settled(9, 2n), settled(9, 2n)), 9n)).to.deep.equal([serviceId(1n, nd(9))]);
    const again = [...begun, settled(4, 2n), assigned(1n, 8n, [4], [9], 2)];
    expect(ids(after(...again), 9n)).to.deep.equal([]);
    expect(ids(after(...again, settled(4, 1n)), 9n)).to.deep.equal([serviceId(1n, nd(4))]);
  });

  it("run what their specification says last", () => {
    const state = after(created(1n), { type: "SpecChanged", jobId: 1n, specHash: hash(8) });
    expect(jobIn(state).specHash).to.equal(hash(8));
  });

  it("that nobody created are none", () => {
    expect(after(assigned(1n, 5n, [9])).jobs.size).to.equal(0);
  });

  it("are all in order: by number, then by deed, whatever the order of events", () => {
    const jobs = fc.shuffledSubarray([1n, 2n, 10n, 9n]);
    const tokens = fc.shuffledSubarray([1, 2, 300, 41, 5], { minLength: 1 });
    fc.assert(
      fc.property(jobs, tokens, (numbers, joining) => {
        const state = after(...numbers.flatMap((jobId) => [created(jobId, 9), assigned(jobId, 5n, joining)]));
        const seats = seatsAt(state, 5n);
        const sorted = [...numbers].sort((a, b) => Number(a - b));
        const expected = sorted.flatMap((jobId) =>
          [...joining].sort((a, b) => a - b).map((each) => seatOf(jobId, each)),
        );
        expect(seats).to.deep.equal(expected);
        expect(liveSeats(state, 0n)).to.have.deep.members(expected);
        expect(liveSeats(state, 9n)).to.deep.equal([]);
        for (const job of state.jobs.values()) for (const seat of job.seats) expect(endOfSeat(job, seat)).to.equal(9n);
      }),
    );
  });
});

describe("resource classes", () => {
  it("are the last that was said of each", () => {
    const offer = { price: 75n, milliCpu: 2_000, memoryMiB: 4_096, diskMiB: 16_384, isGpu: false, isOffered: true };
    const set = (price: bigint): EventBody => ({ type: "ClassSet", classId: 4, name: "LOW1", ...offer, price });
    expect(after(set(75n), set(80n)).classes.get(4)).to.deep.equal({ name: "LOW1", ...offer, price: 80n });
  });
});
