import { expect } from "chai";
import { VirtualClock } from "../../keepers/core/virtualClock.js";
import { BrokerAccess } from "../../keepers/oracle/dauth/brokerAccess.js";
import { BrokerGate } from "../../keepers/oracle/dauth/brokerGate.js";
import { heartbeatTopic } from "../../keepers/protocol/heartbeat.js";
import { domain, FakeChain, issue, keyOf } from "../unit/oracle/dauth/network.js";

/** Found elsewhere: one password for all at the broker, also for clients without a licence. */
describe("finding: the broker knows who speaks", () => {
  const oracle = keyOf(10);
  const [node, neighbour, unlicensed] = [keyOf(1).address, keyOf(2).address, keyOf(3).address];
  const clock = new VirtualClock();
  const chain = new FakeChain();
  let gate: BrokerGate;

  beforeEach(() => {
    chain.members = [oracle.address];
    chain.active.add(node).add(neighbour);
    const access = new BrokerAccess({ domain, maximumSeconds: 3_600 }, { standing: chain, oracles: chain, clock });
    gate = new BrokerGate({ access, clock });
  });

  const now = () => Math.floor(clock.now() / 1_000);
  const credentialsOf = (who: string) => issue(domain, oracle, { node: who, issuedAt: now(), expiresAt: now() + 600 });
  const isLetIn = (username: string, password: string | undefined) =>
    gate.authenticate({ id: username, username }, password);

  it("nobody comes in with a password of another, with none, or without a licence", () => {
    const own = credentialsOf(node);
    const others = credentialsOf(neighbour);
    expect(own.password).to.not.equal(others.password);
    expect(isLetIn(own.username, own.password)).to.equal(true);
    expect(isLetIn(own.username, others.password)).to.equal(false);
    expect(isLetIn(own.username, undefined)).to.equal(false);
    const stranger = credentialsOf(unlicensed);
    expect(isLetIn(stranger.username, stranger.password)).to.equal(false);
  });

  it("who is in speaks for itself alone", () => {
    const { username, password } = credentialsOf(node);
    const client = { id: username, username };
    expect(gate.authenticate(client, password)).to.equal(true);
    const may = (topic: string) => gate.authorize(client, "publish", topic);
    expect(may(heartbeatTopic(domain.chainId, node))).to.equal(true);
    expect(may(heartbeatTopic(domain.chainId, neighbour))).to.equal(false);
  });
});
