import { expect } from "chai";
import type { ChainListener } from "../../../../keepers/chain/chainNotification.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { noAdmin } from "../../../../keepers/oracle/dauth/brokerAdmin.js";
import { BrokerWatch } from "../../../../keepers/oracle/dauth/brokerWatch.js";
import { FollowedViews } from "../../../../keepers/oracle/dauth/followedViews.js";
import { eventAt } from "../../chain/events.js";
import { address, hash } from "../../chain/fakeChain.js";
import { LivingChain, nodes, oracle, otherOracle } from "./brokerWorld.js";

describe("BrokerWatch", () => {
  it("reviews at once, with each block and reorganisation, as time passes, and no more when closed", async () => {
    const clock = new VirtualClock();
    const listeners = new Set<ChainListener>();
    let reviews = 0;
    const follower = {
      subscribe: (listener: ChainListener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const admin = { ...noAdmin, review: () => void (reviews += 1) };
    const watch = new BrokerWatch({ everyMs: 5_000 }, { admin, follower, clock });
    const block = { number: 1, hash: hash(1), parentHash: hash(0), timestamp: 1 };
    const event = eventAt(1, { type: "OperatorRevoked", operator: address(1) });
    const tell = (notification: Parameters<ChainListener>[0]): void => {
      for (const listener of listeners) listener(notification);
    };
    const counts = [reviews];
    tell({ type: "event", event });
    counts.push(reviews);
    tell({ type: "block", block });
    counts.push(reviews);
    tell({ type: "reorg", ancestor: block, dropped: [] });
    counts.push(reviews);
    await clock.advance(10_000);
    counts.push(reviews);
    watch.close();
    tell({ type: "block", block });
    await clock.advance(10_000);
    counts.push(reviews, listeners.size);
    expect(counts).to.deep.equal([1, 1, 2, 3, 5, 5, 0]);
  });
});

describe("FollowedViews", () => {
  it("know nothing before the chain was read, and then what it says", () => {
    const chain = new LivingChain({ clock: new VirtualClock() });
    const views = new FollowedViews({ follower: chain });
    expect([views.standingOf(nodes[0]), views.oracles()]).to.deep.equal([undefined, []]);
    views.started();
    expect(views.standingOf(nodes[0])?.ok).to.equal(true);
    expect(views.oracles()).to.deep.equal([oracle.address, otherOracle.address].sort());
    chain.happen({ type: "OracleRemoved", oracle: oracle.address, owner: address(1), why: "governance" });
    expect(views.oracles()).to.deep.equal([otherOracle.address]);
  });
});
