import { expect } from "chai";

import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import type { ProbeVerdict } from "../../../../keepers/oracle/probing/httpProbe.js";
import { Prober } from "../../../../keepers/oracle/probing/prober.js";
import type { Hash } from "../../../../keepers/protocol/bytes.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import type { Seat } from "../../../../keepers/protocol/subjects.js";

const epochClock = new EpochClock({ genesis: 1_700_000_000, duration: 200, slotSeconds: 20 });
const seat = (job: number): Seat => ({ jobId: BigInt(job), deed: 5n, assignment: idOf(job) });
const idOf = (job: number): Hash => `0x${job.toString(16).padStart(64, "0")}`;

/**
 * given published endpoints
 * ├── when one answers                    no slot is withheld
 * ├── when one fails                      every slot is, until it answers again
 * ├── when a node does not say where      the same
 * ├── when there are many                 no more than allowed are under way, and each gets its turn
 * └── when its seat is over               it is visited no more
 */
describe("Prober", () => {
  let clock: VirtualClock;
  let seats: Seat[];
  let withheld: string[];
  let verdicts: Map<string, ProbeVerdict>;
  let urls: Map<bigint, string | undefined>;
  let visits: string[];
  let prober: Prober;
  let answer: (url: string) => Promise<ProbeVerdict>;

  function create(concurrency = 8): Prober {
    const slots = {
      withhold: (epoch: bigint, slot: number, id: Hash) => void withheld.push(`${epoch}/${slot} ${Number(id)}`),
    };
    const endpoints = {
      endpointOf: ({ jobId }: Seat) => (urls.has(jobId) ? { url: urls.get(jobId) } : undefined),
    };
    const probe = (url: string) => {
      visits.push(url);
      return answer(url);
    };
    const { logger } = memoryLogger(clock);
    return new Prober(
      { everyMs: 10_000, concurrency },
      { seats: () => seats, endpoints, probe, slots, epochClock, clock, logger },
    );
  }

  beforeEach(() => {
    clock = new VirtualClock();
    seats = [seat(1)];
    withheld = [];
    visits = [];
    verdicts = new Map();
    urls = new Map([[1n, "one"]]);
    answer = (url) => Promise.resolve(verdicts.get(url) ?? "OK");
    prober = create();
  });

  afterEach(() => prober.close());

  it("visits each endpoint again and again, and withholds nothing while it answers", async () => {
    prober.start();
    await clock.advance(60_000);
    expect(visits).to.have.length(7);
    expect(withheld).to.deep.equal([]);
    expect(prober.counters).to.include({ OK: 7 });
  });

  it("withholds every slot from a failure on, until the endpoint answers again", async () => {
    prober.start();
    await clock.advance(15_000);
    verdicts.set("one", "TIMEOUT");
    await clock.advance(50_000);
    verdicts.set("one", "OK");
    await clock.advance(100_000);
    expect([...new Set(withheld)]).to.deep.equal(["0/1 1", "0/2 1", "0/3 1"]);
    expect(prober.isFailing(idOf(1))).to.equal(false);
  });

  it("withholds slots while a visit that will say nothing hangs, when the one before failed", async () => {
    verdicts.set("one", "BAD_STATUS");
    prober.start();
    await clock.advance(0);
    answer = () => new Promise(() => undefined);
    await clock.advance(45_000);
    expect([...new Set(withheld)]).to.deep.equal(["0/0 1", "0/1 1", "0/2 1"]);
    expect(visits).to.have.length(2);
  });

  it("takes a node that does not say where for one that fails, and a job that publishes nothing for one that is well", async () => {
    seats = [seat(1), seat(2)];
    urls = new Map([[2n, undefined]]);
    prober.start();
    await clock.advance(0);
    expect(withheld).to.deep.equal(["0/0 2"]);
    expect(prober.counters).to.include({ NO_ENDPOINT: 1, OK: 0 });
  });

  it("has no more visits under way than allowed, and each endpoint gets its turn", async () => {
    seats = Array.from({ length: 10 }, (_, i) => seat(i + 1));
    urls = new Map(seats.map(({ jobId }) => [jobId, String(jobId)]));
    let underWay = 0;
    let most = 0;
    answer = async () => {
      most = Math.max(most, (underWay += 1));
      await clock.sleep(4_000);
      underWay -= 1;
      return "OK";
    };
    prober = create(3);
    prober.start();
    await clock.advance(16_000);
    expect(most).to.equal(3);
    expect(new Set(visits).size).to.equal(10);
  });

  it("forgets seats that are over, and says no more once it is closed", async () => {
    verdicts.set("one", "UNREACHABLE");
    prober.start();
    await clock.advance(0);
    seats = [];
    await clock.advance(30_000);
    expect([withheld.length, prober.isFailing(idOf(1))]).to.deep.equal([1, false]);
    seats = [seat(1)];
    prober.close();
    await clock.advance(60_000);
    expect([withheld.length, clock.pending]).to.deep.equal([1, 0]);
  });
});
