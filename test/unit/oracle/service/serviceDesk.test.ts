import { expect } from "chai";

import type { EventBody } from "../../../../keepers/chain/chainEvent.js";
import { applyEvents, emptyState, type ProtocolState } from "../../../../keepers/chain/protocolState.js";
import { SeatIndex } from "../../../../keepers/oracle/service/seatIndex.js";
import { ServiceDesk } from "../../../../keepers/oracle/service/serviceDesk.js";
import { ServiceSlots } from "../../../../keepers/oracle/service/serviceSlots.js";
import type { Hash } from "../../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { type ContainerReport, ContainerState } from "../../../../keepers/protocol/heartbeat.js";
import { serviceId } from "../../../../keepers/protocol/serviceId.js";
import { eventAt } from "../../chain/events.js";
import { epochClock, keyOf, World } from "../ingest/world.js";
import { memoryShelf } from "./memoryShelf.js";

const serviceOf = (job: number, token: number): Hash => {
  return serviceId(BigInt(job), deedId(DeedKind.NODE, BigInt(token)));
};
const says = (assignment: Hash, state: ContainerState = ContainerState.RUNNING): ContainerReport => ({
  assignment,
  state,
});

function jobs(...assigned: readonly (readonly [job: number, tokens: number[]])[]): ProtocolState {
  const bodies = assigned.flatMap(([job, joining]): EventBody[] => {
    const jobId = BigInt(job);
    const terms = { specHash: `0x${"00".repeat(32)}`, classId: 1, gpu: 0, nodes: 9, epochs: 3, rate: 1n, deposit: 27n };
    return [
      { type: "JobCreated", jobId, owner: keyOf(9).address, ...terms },
      { type: "NodesAssigned", jobId, sequence: 0, leaving: [], joining, from: 1n },
    ];
  });
  return applyEvents(
    emptyState,
    bodies.map((body) => eventAt(1_000, body)),
  );
}

/**
 * given nodes 1 and 2 of which 1 serves jobs 1 and 2, and 2 job 1
 * ├── when a heartbeat says that a job is running        its slot counts, once
 * ├── when the first of a slot says that it is starting  a later one of the slot can still make it count
 * ├── when it is about another deed's job, or none       nothing counts
 * ├── when it names a block that is not known yet        it counts once that is
 * └── when it is a replay, or forged                     nothing counts
 */
describe("service, as heartbeats tell it", () => {
  let world: World;
  let slots: ServiceSlots;
  let seats: SeatIndex;
  let desk: ServiceDesk;

  beforeEach(async () => {
    seats = new SeatIndex();
    seats.replace(jobs([1, [1, 2]], [2, [1]]), 0n);
    world = new World({
      services: (logger, clock) => {
        slots = new ServiceSlots(epochClock, { shelf: memoryShelf(), logger });
        return (desk = new ServiceDesk({ seats, slots, epochClock, clock, logger }));
      },
    });
    await slots.prepare(0n);
    await world.ingest.start();
  });

  const served = (job: number, token: number): number => slots.served(0n, serviceOf(job, token));

  it("counts a slot for each assignment that is running, and the node's own slot as always", async () => {
    await world.beat(1, { containers: [says(serviceOf(1, 1)), says(serviceOf(2, 1), ContainerState.UNHEALTHY)] });
    expect([served(1, 1), served(2, 1), served(1, 2), world.slotsOf(1)]).to.deep.equal([1, 0, 0, 1]);
    await world.clock.advance(20_000);
    await world.beat(1, { containers: [says(serviceOf(1, 1)), says(serviceOf(2, 1))] });
    expect([served(1, 1), served(2, 1), world.slotsOf(1)]).to.deep.equal([2, 1, 2]);
    expect(desk.counters).to.include({ RUNNING: 3, UNHEALTHY: 1 });
  });

  it("counts a slot once any heartbeat in it says so, and looks at no more of them then", async () => {
    const [one, two] = [serviceOf(1, 1), serviceOf(2, 1)];
    await world.beat(1, { containers: [says(one, ContainerState.STARTING), says(two)] });
    expect([served(1, 1), served(2, 1)]).to.deep.equal([0, 1]);
    await world.clock.advance(5_000);
    await world.beat(1, { containers: [says(one), says(two)] });
    expect([served(1, 1), served(2, 1), world.slotsOf(1)]).to.deep.equal([1, 1, 1]);
    await world.clock.advance(5_000);
    expect(world.verdictOf(1, world.message(1, { containers: [says(one)] }))).to.equal("ignore DUPLICATE_SLOT");
    expect(world.verdictOf(3, world.message(3))).to.equal("accept");
    await world.beat(3);
    expect(world.verdictOf(3, world.message(3))).to.equal("ignore DUPLICATE_SLOT");
  });

  it("believes a node about its own deed's assignments only", async () => {
    await world.beat(1, { containers: [says(serviceOf(1, 2)), says(serviceOf(7, 1)), says(serviceOf(1, 1))] });
    expect([served(1, 2), served(7, 1), served(1, 1)]).to.deep.equal([0, 0, 1]);
    expect(desk.lastOf(serviceOf(1, 2))).to.equal(undefined);
  });

  it("counts what names a block that is not known yet, in its own slot, once that is", async () => {
    world.chain.lag = 5;
    await world.beat(1, { containers: [says(serviceOf(1, 1))] });
    expect(served(1, 1)).to.equal(0);
    await world.clock.advance(30_000);
    world.ingest.recheck();
    expect(served(1, 1)).to.equal(1);
    expect(slots.has(0n, 50, serviceOf(1, 1))).to.equal(true);
  });

  it("counts neither replays nor forgeries", async () => {
    const message = world.message(1, { containers: [says(serviceOf(1, 1))] });
    const forged = message.slice();
    forged[message.length - 40]! ^= 1;
    await world.send(1, forged);
    expect(served(1, 1)).to.equal(0);
    await world.send(1, message);
    await world.clock.advance(20_000);
    await world.send(1, message);
    expect(served(1, 1)).to.equal(1);
  });

  it("remembers what was said last, and when all was running, until the assignment is over", async () => {
    const service = serviceOf(1, 1);
    const first = world.clock.now();
    await world.beat(1, { containers: [says(service)] });
    await world.clock.advance(20_000);
    await world.beat(1, { containers: [says(service, ContainerState.FAILED)] });
    const heardAt = world.clock.now();
    expect(desk.lastOf(service)).to.deep.equal({ state: ContainerState.FAILED, heardAt, runningAt: first });
    expect(seats.replace(jobs([1, [1, 2]], [2, [1]]), 4n)).to.equal(true);
    await world.clock.advance(400_000);
    expect(desk.lastOf(service)).to.not.equal(undefined);
    desk.forgetOthers();
    expect(desk.lastOf(service)).to.equal(undefined);
    expect(seats.size).to.equal(0);
  });

  it("knows from the slots what was heard before a restart, or by other processes, for some minutes", async () => {
    const { log, clock } = world;
    const service = serviceOf(1, 1);
    await world.beat(1, { containers: [says(service)] });
    const other = new ServiceDesk({ seats, slots, epochClock, clock, logger: log.logger });
    expect(other.lastOf(service)?.runningAt).to.equal(clock.now());
    await clock.advance(100_000);
    const slotEnd = (1_700_000_000 + 1_020) * 1_000;
    expect(other.lastOf(service)).to.deep.equal({
      state: ContainerState.RUNNING,
      heardAt: slotEnd,
      runningAt: slotEnd,
    });
    expect(other.lastOf(serviceOf(2, 1))).to.equal(undefined);
    await clock.advance(400_000);
    expect(other.lastOf(service)).to.equal(undefined);
  });

  it("goes on hearing nodes when service cannot be noted, and says so once", async () => {
    await slots.close();
    for (let slot = 0; slot < 3; slot += 1) {
      await world.beat(1, { containers: [says(serviceOf(1, 1))] });
      await world.clock.advance(20_000);
    }
    expect(world.slotsOf(1)).to.equal(3);
    const told = world.log.entries.filter((entry) => JSON.stringify(entry).includes("service cannot be noted"));
    expect(told).to.have.length(1);
  });
});
