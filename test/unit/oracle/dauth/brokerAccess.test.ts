import { expect } from "chai";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { BrokerAccess } from "../../../../keepers/oracle/dauth/brokerAccess.js";
import { ownCredentials } from "../../../../keepers/oracle/dauth/brokerAdmin.js";
import { BrokerGate } from "../../../../keepers/oracle/dauth/brokerGate.js";
import { domain, FakeChain, issue, keyOf } from "./network.js";

const oracle = keyOf(10);
const otherOracle = keyOf(11);
const stranger = keyOf(12);
const node = keyOf(1).address;
const otherNode = keyOf(2).address;

describe("BrokerAccess and BrokerGate", () => {
  let clock: VirtualClock;
  let chain: FakeChain;
  let access: BrokerAccess;
  let gate: BrokerGate;

  beforeEach(() => {
    clock = new VirtualClock();
    chain = new FakeChain();
    chain.members = [oracle.address, otherOracle.address];
    chain.active.add(node).add(otherNode);
    access = new BrokerAccess({ domain, maximumSeconds: 3_600 }, { standing: chain, oracles: chain, clock });
    gate = new BrokerGate({ access, clock });
  });

  function now(): number {
    return Math.floor(clock.now() / 1_000);
  }

  function credentialsOf(who: string, issuer = oracle, lifetime = 600) {
    return issue(domain, issuer, { node: who, issuedAt: now(), expiresAt: now() + lifetime });
  }

  /** The client, when it was let in. */
  function join({ username, password } = credentialsOf(node), id = username) {
    const client = { id, username };
    return gate.authenticate(client, password) ? client : undefined;
  }

  function login(who: string, issuer = oracle, lifetime = 600): boolean {
    return join(credentialsOf(who, issuer, lifetime)) !== undefined;
  }

  function joined(who: string, issuer = oracle) {
    const client = join(credentialsOf(who, issuer));
    if (client === undefined) throw new Error("it was not let in");
    return client;
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
      expect([login(otherNode), login(oracle.address)]).to.deep.equal([false, false]);
    });

    it("fails from the second of expiry on, and with an expiry beyond the longest lifetime", async () => {
      const credentials = credentialsOf(node);
      await clock.advance(599_999);
      expect(join(credentials)).not.to.equal(undefined);
      await clock.advance(1);
      expect(join(credentials)).to.equal(undefined);
      expect([login(node, oracle, 3_600), login(node, oracle, 3_602)]).to.deep.equal([true, false]);
    });

    it("fails with a time of issue that no oracle's clock can have", () => {
      const issued = (ahead: number): boolean =>
        join(issue(domain, oracle, { node, issuedAt: now() + ahead, expiresAt: now() + 600 })) !== undefined;
      expect([issued(61), issued(60)]).to.deep.equal([false, true]);
    });

    it("works for an oracle with its own signature only, for each of its processes", async () => {
      const dependencies = { key: oracle, clock };
      const own = await ownCredentials({ domain, lifetimeSeconds: 600 }, dependencies)();
      const worker = await ownCredentials({ domain, lifetimeSeconds: 600, worker: 3 }, dependencies)();
      expect(own.clientId).to.equal(oracle.address);
      expect([join(own), join(worker, worker.clientId)].includes(undefined)).to.equal(false);
      chain.active.add(oracle.address);
      expect(login(oracle.address, otherOracle)).to.equal(false);
      chain.members = [otherOracle.address];
      expect(join(own)).to.equal(undefined);
    });

    it("fails without a name, without a password, with another's, and with another client id", () => {
      const { username, password } = credentialsOf(node);
      const other = credentialsOf(otherNode).username;
      expect(gate.authenticate({ id: username, username: undefined }, password)).to.equal(false);
      expect(gate.authenticate({ id: username, username }, undefined)).to.equal(false);
      expect(join({ username: other, password })).to.equal(undefined);
      expect(join({ username, password }, other)).to.equal(undefined);
    });

    it("fails with credentials that newer ones of the same issuer have replaced, which cut off whoever came with them", async () => {
      const old = credentialsOf(node);
      const first = join(old) ?? expect.fail();
      const elsewhere = credentialsOf(node, otherOracle);
      await clock.advance(1_000);
      const second = joined(node);
      expect([gate.isUnwelcome(first), gate.isUnwelcome(second)]).to.deep.equal([true, false]);
      expect([join(old), join(elsewhere) === undefined]).to.deep.equal([undefined, false]);
    });

    it("does not let one oracle replace what another issued", async () => {
      const client = joined(node);
      await clock.advance(1_000);
      joined(node, otherOracle);
      expect(gate.isUnwelcome(client)).to.equal(false);
    });

    it("remembers no more than what has not expired", async () => {
      for (const who of [node, otherNode]) joined(who);
      gate.prune();
      expect(gate.size).to.equal(2);
      await clock.advance(600_000);
      gate.prune();
      expect(gate.size).to.equal(0);
    });
  });

  describe("a node", () => {
    it("publishes under its own heartbeat topic and nowhere else", () => {
      const client = joined(node);
      const may = (topic: string): boolean => gate.authorize(client, "publish", topic);
      expect(may(`r1/31337/heartbeat/${node}`)).to.equal(true);
      const others = [
        `r1/31337/heartbeat/${otherNode}`,
        `r1/1/heartbeat/${node}`,
        `r1/31337/oracle/${node}`,
        `r1/31337/oracle/${oracle.address}`,
        `r1/31337/heartbeat/${node}/x`,
        "anything",
      ];
      expect(others.filter(may)).to.deep.equal([]);
    });

    it("subscribes to nothing", () => {
      const client = joined(node);
      const filters = [
        `r1/31337/heartbeat/${node}`,
        "r1/31337/#",
        "r1/31337/oracle/+",
        "#",
        "+/+/+/+",
        `$share/${node}/#`,
      ];
      expect(filters.filter((filter) => gate.authorize(client, "subscribe", filter))).to.deep.equal([]);
    });

    it("publishes no more once its standing is gone", () => {
      const client = joined(node);
      chain.refused.set(node, "OPERATOR_BANNED");
      expect(gate.authorize(client, "publish", `r1/31337/heartbeat/${node}`)).to.equal(false);
    });
  });

  describe("an oracle", () => {
    it("publishes under its own two topics and nowhere else", () => {
      const { address } = oracle;
      const client = joined(address);
      const may = (topic: string): boolean => gate.authorize(client, "publish", topic);
      expect([`r1/31337/oracle/${address}`, `r1/31337/heartbeat/${address}`].map(may)).to.deep.equal([true, true]);
      const others = [
        `r1/31337/oracle/${otherOracle.address}`,
        `r1/31337/heartbeat/${node}`,
        `r1/1/oracle/${address}`,
        `r1/31337/oracle/${address}/x`,
      ];
      expect(others.filter(may)).to.deep.equal([]);
    });

    it("subscribes to everything of its network, and to nothing else", () => {
      const client = joined(oracle.address);
      const may = (filter: string): boolean => gate.authorize(client, "subscribe", filter);
      const inside = ["r1/31337/heartbeat/+", "r1/31337/oracle/+", "r1/31337/#"];
      expect(inside.map(may)).to.deep.equal([true, true, true]);
      const outside = ["#", "r1/1/#", "r1/+/oracle/+", "r1/313370/#"];
      expect(outside.filter(may)).to.deep.equal([]);
    });

    it("shares subscriptions in the group named after it, and in nobody else's", () => {
      const client = joined(oracle.address);
      const own = `$share/${oracle.address}/r1/31337/heartbeat/+`;
      const others = [
        `$share/${otherOracle.address}/r1/31337/heartbeat/+`,
        `$share/${oracle.address}/r1/1/heartbeat/+`,
        `$share/${oracle.address}/#`,
        `$share/${oracle.address}x/r1/31337/heartbeat/+`,
        "$share/workers/r1/31337/heartbeat/+",
      ];
      expect([own, ...others].filter((filter) => gate.authorize(client, "subscribe", filter))).to.deep.equal([own]);
    });

    it("may do nothing any more once removed from the set, even when its node is active", () => {
      const client = joined(oracle.address);
      chain.active.add(oracle.address);
      chain.members = [];
      expect(gate.authorize(client, "publish", `r1/31337/oracle/${oracle.address}`)).to.equal(false);
      expect(gate.authorize(client, "subscribe", "r1/31337/#")).to.equal(false);
      expect(gate.isUnwelcome(client)).to.equal(true);
    });
  });

  it("lets clients that it never let in do nothing", () => {
    const client = { id: node, username: node };
    expect(gate.authorize(client, "publish", `r1/31337/heartbeat/${node}`)).to.equal(false);
    expect(gate.isUnwelcome(client)).to.equal(true);
  });

  it("tells which connected clients lost their right, and only the expired ones while the chain is not followed", async () => {
    const names = [node, otherNode, oracle.address, otherOracle.address];
    const clients = [
      joined(node),
      joined(otherNode, otherOracle),
      joined(names[2] as string),
      joined(names[3] as string, otherOracle),
    ];
    const unwelcome = (): string[] =>
      names.filter((_, index) => gate.isUnwelcome(clients[index] as { id: string; username: string }));
    expect(unwelcome()).to.deep.equal([]);
    chain.refused.set(node, "OPERATOR_BANNED");
    expect(unwelcome()).to.deep.equal([node]);
    chain.members = [oracle.address];
    expect(unwelcome(), "whoever a removed oracle let in asks another one").to.deep.equal([node, otherNode, names[3]]);
    chain.followed = false;
    expect(unwelcome()).to.deep.equal([]);
    await clock.advance(600_000);
    expect(unwelcome()).to.deep.equal(names);
  });
});
