import { expect } from "chai";
import { SystemClock } from "../../../keepers/core/clock.js";
import { errorCode, KeeperError } from "../../../keepers/core/errors.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import type { ProbeVerdict } from "../../../keepers/oracle/probing/httpProbe.js";
import { QueuedProbe } from "../../../keepers/oracle/probing/queuedProbe.js";
import { openQueues, type OracleQueues } from "../../../keepers/oracle/queues.js";
import { QueuedTransactions } from "../../../keepers/oracle/queuedTransactions.js";
import { type RedisService, startRedis } from "../../helpers/services/redis.js";

const ORACLE = `0x${"0a".repeat(20)}`;
const RECEIPT = { transactionHash: `0x${"01".repeat(32)}` } as never;

describe("an oracle's queues", () => {
  let clock: VirtualClock;
  let queues: OracleQueues;
  const random = new SeededRandom(1);

  beforeEach(async () => {
    clock = new VirtualClock();
    const { logger } = memoryLogger(clock);
    const { signal } = new AbortController();
    queues = await openQueues({ oracle: ORACLE, redisUrl: undefined }, { clock, random, logger, signal });
  });

  afterEach(async () => {
    const closed = Promise.all([queues.transactions.close(), queues.probes.close()]);
    await clock.advance(3_000);
    await closed;
    expect(clock.pending).to.equal(0);
  });

  describe("of transactions", () => {
    let sent: string[];
    let answers: (() => Promise<never>)[];
    let transactions: QueuedTransactions;

    beforeEach(() => {
      sent = [];
      answers = [];
      const send = (label: string, { to, data }: { readonly to: string; readonly data: string }) => {
        sent.push(`${label}: ${data} to ${to}`);
        return answers.shift()?.() ?? Promise.resolve(RECEIPT);
      };
      transactions = new QueuedTransactions({
        ...{ queue: queues.transactions, sender: { send, address: ORACLE }, clock, random },
      });
    });

    it("sends one after the other, and resolves when it is mined", async () => {
      const first = Promise.withResolvers<never>();
      answers.push(() => first.promise);
      const both = Promise.all(["0x01", "0x02"].map((data) => transactions.send("assign", { to: "0xee", data })));
      await clock.advance(1);
      expect(sent).to.deep.equal(["assign: 0x01 to 0xee"]);
      first.resolve(RECEIPT);
      expect(await both).to.deep.equal([RECEIPT, RECEIPT]);
      expect(sent).to.deep.equal(["assign: 0x01 to 0xee", "assign: 0x02 to 0xee"]);
    });

    it("sends again what failed for a reason that passes, and not what the contract refused", async () => {
      answers.push(() => Promise.reject(new KeeperError("RPC_UNREACHABLE", "away", { retriable: true })));
      const first = transactions.send("assign", { to: "0xee", data: "0x01" });
      await clock.advance(5_000);
      expect(await first).to.equal(RECEIPT);
      answers.push(() => Promise.reject(new KeeperError("CONTRACT_REVERTED", "the escrow says no")));
      const second = transactions.send("assign", { to: "0xee", data: "0x02" }).catch(errorCode);
      await clock.advance(5_000);
      expect(await second).to.equal("CONTRACT_REVERTED");
      expect(sent).to.have.length(3);
    });
  });

  describe("of probes", () => {
    let visits: string[];
    let answer: (url: string) => Promise<ProbeVerdict>;
    let probe: QueuedProbe;

    beforeEach(() => {
      visits = [];
      answer = async () => "OK";
      const direct = (url: string) => {
        visits.push(url);
        return answer(url);
      };
      probe = new QueuedProbe({ waitMs: 15_000 }, { queue: queues.probes, probe: direct, clock, random });
    });

    it("visits, and one endpoint only once at a time", async () => {
      const first = Promise.withResolvers<ProbeVerdict>();
      answer = () => first.promise;
      const both = Promise.all([probe.visit("http://a"), probe.visit("http://a")]);
      await clock.advance(1);
      expect(visits).to.deep.equal(["http://a"]);
      answer = async () => "TIMEOUT";
      first.resolve("OK");
      expect(await both).to.deep.equal(["OK", "TIMEOUT"]);
    });

    it("visits no endpoint that a process before had in its queue", async () => {
      await queues.probes.add({ url: "http://old" });
      await clock.advance(1);
      expect(visits).to.deep.equal([]);
    });

    it("visits without the queue when that does not take or forgets a task: no endpoint is to blame for it", async () => {
      const add = queues.probes.add.bind(queues.probes);
      queues.probes.add = () => Promise.reject(new KeeperError("QUEUE_UNAVAILABLE", "away", { retriable: true }));
      expect(await probe.visit("http://a")).to.equal("OK");
      queues.probes.add = () => Promise.resolve("lost");
      const late = probe.visit("http://b");
      await clock.advance(15_000);
      expect(await late).to.equal("OK");
      queues.probes.add = add;
      const closed = probe.close();
      await clock.advance(3_000);
      await closed;
      expect(await probe.visit("http://c")).to.equal("OK");
      expect(visits).to.deep.equal(["http://a", "http://b", "http://c"]);
    });
  });
});

describe("an oracle's queues on Redis", function () {
  this.timeout(60_000);
  let redis: RedisService;
  const parts = { clock: new SystemClock(), random: new SeededRandom(3) };

  before(async () => {
    redis = await startRedis();
  });

  after(() => redis.stop());

  function open(): Promise<OracleQueues> {
    const { logger } = memoryLogger(parts.clock);
    const { signal } = new AbortController();
    return openQueues({ oracle: ORACLE, redisUrl: redis.url }, { ...parts, logger, signal });
  }

  it("keep a transaction for the next process, which sends it although nobody waits for it", async () => {
    const before = await open();
    await before.transactions.add({ label: "assign", to: "0xee", data: "0x01" }, { key: ORACLE });
    await Promise.all([before.transactions.close(), before.probes.close()]);
    const { transactions: queue, probes } = await open();
    const sent = Promise.withResolvers<string>();
    const send = (label: string, { data }: { readonly data: string }) => {
      sent.resolve(`${label} ${data}`);
      return Promise.resolve(RECEIPT);
    };
    const transactions = new QueuedTransactions({ queue, sender: { send, address: ORACLE }, ...parts });
    expect(await sent.promise).to.equal("assign 0x01");
    expect(await transactions.send("assign", { to: "0xee", data: "0x02" })).to.equal(RECEIPT);
    await Promise.all([transactions.close(), probes.close()]);
  });
});
