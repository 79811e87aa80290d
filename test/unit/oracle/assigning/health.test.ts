import { expect } from "chai";

import type { ChainEvent, EventBody } from "../../../../keepers/chain/chainEvent.js";
import { applyEvents, emptyState } from "../../../../keepers/chain/protocolState.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { type LastWord, SeatHealth } from "../../../../keepers/oracle/assigning/health.js";
import type { Hash } from "../../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { ContainerState } from "../../../../keepers/protocol/heartbeat.js";
import { serviceId } from "../../../../keepers/protocol/serviceId.js";
import { eventAt } from "../../chain/events.js";
import { address, hash } from "../../chain/fakeChain.js";

const ASSIGNMENT = serviceId(1n, deedId(DeedKind.NODE, 7n));
const SEAT: EventBody[] = [
  {
    ...{ type: "JobCreated", jobId: 1n, owner: address(1), specHash: hash(2), classId: 1, gpu: 0 },
    ...{ nodes: 1, epochs: 5, rate: 1n, deposit: 5n },
  },
  { type: "NodesAssigned", jobId: 1n, sequence: 0, leaving: [], joining: [7], from: 3n },
];

class World {
  readonly clock = new VirtualClock();
  readonly words = new Map<Hash, LastWord>();
  state = applyEvents(
    emptyState,
    SEAT.map((body): ChainEvent => eventAt(1_000, body)),
  );
  connected = true;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly health = new SeatHealth(
    { startMs: 100_000, silentMs: 60_000, recoverMs: 30_000 },
    { services: { lastOf: (assignment) => this.words.get(assignment) }, bus: this, clock: this.clock },
  );

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  setConnected(connected: boolean): void {
    this.connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  say(state: ContainerState = ContainerState.RUNNING): void {
    const heardAt = this.clock.now();
    const runningAt = state === ContainerState.RUNNING ? heardAt : this.words.get(ASSIGNMENT)?.runningAt;
    this.words.set(ASSIGNMENT, { state, heardAt, runningAt });
  }

  /** Looks every five seconds; whether the seat fails at the end. */
  async after(seconds: number, state?: ContainerState): Promise<boolean> {
    let failing = this.look();
    for (let passed = 0; passed < seconds; passed += 5) {
      await this.clock.advance(5_000);
      if (state !== undefined) this.say(state);
      failing = this.look();
    }
    return failing;
  }

  look(epoch = 3n): boolean {
    return this.health.look(this.state, epoch).has(ASSIGNMENT);
  }
}

describe("SeatHealth", () => {
  const { RUNNING, STARTING, UNHEALTHY, STOPPED } = ContainerState;
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it("gives a node its time to start, and no more", async () => {
    expect(await world.after(100, STARTING)).to.equal(false);
    expect(await world.after(5, STARTING)).to.equal(true);
  });

  it("finds one that fell silent, or says that not all is running, after its time", async () => {
    for (const state of [undefined, UNHEALTHY]) {
      world = new World();
      expect(await world.after(20, RUNNING)).to.equal(false);
      expect(await world.after(60, state)).to.equal(false);
      expect(await world.after(5, state)).to.equal(true);
    }
  });

  it("believes in a recovery only after a while without a gap", async () => {
    await world.after(20, RUNNING);
    await world.after(70);
    expect(await world.after(20, RUNNING)).to.equal(true);
    expect(await world.after(70)).to.equal(true);
    expect(await world.after(30, RUNNING)).to.equal(true);
    expect(await world.after(5, RUNNING)).to.equal(false);
    expect(await world.after(60)).to.equal(false);
    expect(await world.after(5)).to.equal(true);
  });

  it("does not count the time in which it could hear nobody", async () => {
    await world.after(20, RUNNING);
    await world.after(40);
    world.setConnected(false);
    expect(await world.after(500)).to.equal(false);
    world.setConnected(true);
    expect(await world.after(60)).to.equal(false);
    expect(await world.after(5)).to.equal(true);
  });

  it("leaves alone what was stopped at its owner's wish, while the node says so", async () => {
    await world.after(20, RUNNING);
    expect(await world.after(200, STOPPED)).to.equal(false);
    expect(await world.after(65)).to.equal(true);
  });

  it("knows only seats that are taken and paid, and begins anew with one that comes again", async () => {
    await world.after(105);
    expect(world.look(8n)).to.equal(false);
    expect(world.look()).to.equal(false);
    expect(await world.after(105)).to.equal(true);
  });

  it("lets the bus go", () => {
    expect(world.listeners).to.equal(1);
    world.health.close();
    world.health.close();
    expect(world.listeners).to.equal(0);
  });
});
