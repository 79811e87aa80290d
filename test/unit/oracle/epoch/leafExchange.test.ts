import { expect } from "chai";
import { MemoryDisk } from "../../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { answeringPlace, LeafExchange } from "../../../../keepers/oracle/epoch/leafExchange.js";
import { Outbox } from "../../../../keepers/oracle/epoch/outbox.js";
import { VotedFiles } from "../../../../keepers/oracle/epoch/votedFiles.js";
import type { DecidedEpoch } from "../../../../keepers/oracle/epoch/types.js";
import { dataHash } from "../../../../keepers/protocol/leafFile.js";
import { MemoryEpochStore } from "../../../../keepers/storage/memoryEpochStore.js";
import { hashOf } from "../validation/messages.js";
import { CONTEXT, Fleet, type FleetOracle } from "./fleet.js";

const FILE = Uint8Array.of(1, 2, 3);
const KEPT = dataHash(FILE);
const TURN_MS = 10_000;

type Key = FleetOracle["key"];

describe("answers to a request for a leaf file", () => {
  const fleet = new Fleet(3);
  const [member, removed, asker] = fleet.oracles.map(({ key }) => key) as [Key, Key, Key];

  /** How often it answers one request, in a set that it may be outside of. */
  async function answersOf(me: Key, { decided = true } = {}): Promise<number> {
    const clock = new VirtualClock(0);
    const archive = new MemoryEpochStore<DecidedEpoch>();
    const meta = { dataHash: KEPT, previousRoot: hashOf(0), root: hashOf(1), leafCount: "1", reporters: [] };
    const voted = await VotedFiles.open({ directory: "/voted" }, { disk: new MemoryDisk() });
    if (decided) await archive.put(3n, FILE, meta);
    else await voted.keep({ epoch: 3n, hash: KEPT }, FILE);
    const { logger } = memoryLogger(clock);
    const bus = fleet.hub.connect(me.address);
    let answers = 0;
    bus.publish = () => Promise.resolve(void (answers += 1));
    const set = [asker.address, member.address];
    const exchange = new LeafExchange(
      { context: CONTEXT, me: me.address, repeatMs: 1_000, answerStepMs: 100 },
      {
        ...{ clock, archive, voted, logger, attempt: () => 0 },
        place: () => answeringPlace(set, me.address, { now: clock.now(), turnMs: TURN_MS }),
        outbox: new Outbox({ context: CONTEXT, key: me }, { bus, logger }),
      },
    );
    const header = { epoch: 3n, attempt: 0, sender: asker.address };
    exchange.onRequest({ kind: "request", what: "leaves", ...header, key: KEPT });
    await clock.advance(1_000);
    exchange.close();
    return answers;
  }

  it("come from members only: who was removed is not believed and must not keep others quiet", async () => {
    expect(await answersOf(member)).to.equal(1);
    expect(await answersOf(removed)).to.equal(0);
  });

  it("come from those who voted for the file, too", async () => {
    expect(await answersOf(member, { decided: false })).to.equal(1);
  });

  it("begin with another member every turn, so that nobody is always first", () => {
    const set = [member.address, removed.address, asker.address];
    const first = [0, 1, 2].map((turn) =>
      set.find((me) => answeringPlace(set, me, { now: turn * TURN_MS, turnMs: TURN_MS }) === 0),
    );
    expect(new Set(first)).to.deep.equal(new Set(set));
  });
});
