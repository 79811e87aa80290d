import { expect } from "chai";
import { MemoryDisk } from "../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../keepers/core/random.js";
import { VirtualClock } from "../../keepers/core/virtualClock.js";
import { answeringPlace, LeafExchange } from "../../keepers/oracle/epoch/leafExchange.js";
import { Outbox } from "../../keepers/oracle/epoch/outbox.js";
import type { DecidedEpoch } from "../../keepers/oracle/epoch/types.js";
import { VotedFiles } from "../../keepers/oracle/epoch/votedFiles.js";
import { dataHash } from "../../keepers/protocol/leafFile.js";
import { MemoryEpochStore } from "../../keepers/storage/memoryEpochStore.js";
import { CONTEXT } from "../unit/consensus/world.js";
import { Fleet, type FleetOracle } from "../unit/oracle/epoch/fleet.js";
import { hashOf } from "../unit/oracle/validation/messages.js";

const FILE = Uint8Array.of(1, 2, 3);
const KEPT = dataHash(FILE);
const TURN_MS = 10_000;

type Key = FleetOracle["key"];

/**
 * Found by the simulation: links changed after a value was locked, and when it was decided nobody could make its leaf file any more; so
 * oracles keep the files that they vote for. And an oracle that was removed answered first, was not believed, and kept the others quiet.
 */
describe("finding: the leaf file of what was decided", () => {
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

  it("survives a power cut once it was voted for", async () => {
    const disk = new MemoryDisk();
    const named = { epoch: 5n, hash: KEPT };
    await (await VotedFiles.open({ directory: "/voted" }, { disk })).keep(named, FILE);
    disk.crash(new SeededRandom("cut"));
    const again = await VotedFiles.open({ directory: "/voted" }, { disk });
    expect(await again.find(named)).to.deep.equal(FILE);
    expect(await again.find({ ...named, epoch: 6n })).to.equal(undefined);
  });

  it("comes from those who voted for it, too", async () => {
    expect(await answersOf(member, { decided: false })).to.equal(1);
  });

  it("comes from members only: who was removed is not believed and must not keep others quiet", async () => {
    expect(await answersOf(member)).to.equal(1);
    expect(await answersOf(removed)).to.equal(0);
  });
});
