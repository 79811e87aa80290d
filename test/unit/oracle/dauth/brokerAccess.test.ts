import { expect } from "chai";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { BrokerAccess, ownCredentials } from "../../../../keepers/oracle/dauth/brokerAccess.js";
import { issueCredentials } from "../../../../keepers/oracle/dauth/credentials.js";
import { domain, FakeChain, keyOf } from "./network.js";

const oracle = keyOf(10);
const otherOracle = keyOf(11);
const stranger = keyOf(12);
const node = keyOf(1).address;
const otherNode = keyOf(2).address;

describe("BrokerAccess", () => {
  let clock: VirtualClock;
  let chain: FakeChain;
  let access: BrokerAccess;

  beforeEach(() => {
    clock = new VirtualClock();
    chain = new FakeChain();
    chain.members = [oracle.address, otherOracle.address];
    chain.active.add(node).add(otherNode);
    access = new BrokerAccess({ domain, maximumSeconds: 3_600 }, { standing: chain, oracles: chain, clock });
  });

  function login(who: string, issuer = oracle, lifetime = 600): boolean {
    const expiresAt = Math.floor(clock.now() / 1_000) + lifetime;
    const { username, password } = issueCredentials(domain, issuer, { node: who, expiresAt });
    return access.authenticate(username, password);
  }

  function may(username: string | undefined, action: "publish" | "subscribe", topic: string): boolean {
    return access.authorize({ id: "client", username }, action, topic);
  }

  describe("logging in", () => {
    it("works for an active node with a credential of any current oracle", () => {
      expect([login(node), login(node, otherOracle)]).to.deep.equal([true, true]);
    });

    it("fails with a credential of anybody else, the node itself included", () => {
      expect([login(node, stranger), login(node, keyOf(1))]).to.deep.equal([false, false]);
    });

    it("fails with the credential of an oracle that is none any more", () => {
      chain.members = [otherOracle.address];
      expect(login(node)).to.equal(false);
    });

    it("fails for a node that lost its standing, and while the chain is not followed", () => {
      chain.refused.set(node, "DEED_BANNED");
      expect(login(node)).to.equal(false);
      expect(login(otherNode)).to.equal(true);
      chain.followed = false;
      expect(login(otherNode)).to.equal(false);
    });

    it("fails from the second of expiry on, and with an expiry beyond the longest lifetime", async () => {
      const expiresAt = Math.floor(clock.now() / 1_000) + 600;
      const { username, password } = issueCredentials(domain, oracle, { node, expiresAt });
      await clock.advance(599_999);
      expect(access.authenticate(username, password)).to.equal(true);
      await clock.advance(1);
      expect(access.authenticate(username, password)).to.equal(false);
      expect([login(node, oracle, 3_600), login(node, oracle, 3_602)]).to.deep.equal([true, false]);
    });

    it("works for an oracle with its own signature only", async () => {
      const own = await ownCredentials({ domain, lifetimeSeconds: 600 }, { key: oracle, clock })();
      expect(access.authenticate(own.username, own.password)).to.equal(true);
      chain.active.add(oracle.address);
      expect(login(oracle.address, otherOracle)).to.equal(false);
      chain.members = [otherOracle.address];
      expect(access.authenticate(own.username, own.password)).to.equal(false);
    });

    it("fails without a name, without a password, and with another's", () => {
      const expiresAt = Math.floor(clock.now() / 1_000) + 600;
      const { password } = issueCredentials(domain, oracle, { node, expiresAt });
      expect(access.authenticate(undefined, password)).to.equal(false);
      expect(access.authenticate(node, undefined)).to.equal(false);
      expect(access.authenticate(otherNode, password)).to.equal(false);
    });
  });

  describe("a node", () => {
    it("publishes under its own heartbeat topic and nowhere else", () => {
      expect(may(node, "publish", `r1/31337/heartbeat/${node}`)).to.equal(true);
      const others = [
        `r1/31337/heartbeat/${otherNode}`,
        `r1/1/heartbeat/${node}`,
        `r1/31337/oracle/${node}`,
        `r1/31337/oracle/${oracle.address}`,
        `r1/31337/heartbeat/${node}/x`,
        "anything",
      ];
      expect(others.filter((topic) => may(node, "publish", topic))).to.deep.equal([]);
    });

    it("subscribes to nothing", () => {
      const filters = [`r1/31337/heartbeat/${node}`, "r1/31337/#", "r1/31337/oracle/+", "#", "+/+/+/+"];
      expect(filters.filter((filter) => may(node, "subscribe", filter))).to.deep.equal([]);
    });

    it("publishes no more once its standing is gone", () => {
      chain.refused.set(node, "OPERATOR_BANNED");
      expect(may(node, "publish", `r1/31337/heartbeat/${node}`)).to.equal(false);
    });
  });

  describe("an oracle", () => {
    it("publishes under its own two topics and nowhere else", () => {
      const { address } = oracle;
      expect(may(address, "publish", `r1/31337/oracle/${address}`)).to.equal(true);
      expect(may(address, "publish", `r1/31337/heartbeat/${address}`)).to.equal(true);
      const others = [
        `r1/31337/oracle/${otherOracle.address}`,
        `r1/31337/heartbeat/${node}`,
        `r1/1/oracle/${address}`,
        `r1/31337/oracle/${address}/x`,
      ];
      expect(others.filter((topic) => may(address, "publish", topic))).to.deep.equal([]);
    });

    it("subscribes to everything of its network, and to nothing else", () => {
      const inside = ["r1/31337/heartbeat/+", "r1/31337/oracle/+", "r1/31337/#"];
      expect(inside.map((filter) => may(oracle.address, "subscribe", filter))).to.deep.equal([true, true, true]);
      const outside = ["#", "r1/1/#", "r1/+/oracle/+", "r1/313370/#"];
      expect(outside.filter((filter) => may(oracle.address, "subscribe", filter))).to.deep.equal([]);
    });

    it("may do nothing any more once removed from the set", () => {
      chain.members = [];
      expect(may(oracle.address, "publish", `r1/31337/oracle/${oracle.address}`)).to.equal(false);
      expect(may(oracle.address, "subscribe", "r1/31337/#")).to.equal(false);
    });
  });

  it("lets clients without a name do nothing", () => {
    expect(may(undefined, "publish", "r1/31337/heartbeat/undefined")).to.equal(false);
    expect(may(undefined, "subscribe", "r1/31337/#")).to.equal(false);
  });

  it("tells which connected clients lost their right, and none while the chain is not followed", () => {
    const clients = [node, otherNode, oracle.address, otherOracle.address, undefined].map((username) => {
      return { id: String(username), username };
    });
    const unwelcome = (): (string | undefined)[] => clients.filter(access.isUnwelcome).map(({ username }) => username);
    expect(unwelcome()).to.deep.equal([undefined]);
    chain.refused.set(node, "OPERATOR_BANNED");
    chain.members = [oracle.address];
    expect(unwelcome()).to.deep.equal([node, otherOracle.address, undefined]);
    chain.followed = false;
    expect(unwelcome()).to.deep.equal([undefined]);
  });
});
