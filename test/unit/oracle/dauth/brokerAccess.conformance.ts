import { expect } from "chai";
import type { EventBody } from "../../../../keepers/chain/chainEvent.js";
import { isCutOff, rawSocket } from "../../transport/clients.js";
import {
  type BrokerUnderTest,
  BrokerWorld,
  deedOf,
  heardUntil,
  isGranted,
  LIFETIME,
  nodes,
  oracle,
  otherOracle,
  ownerOf,
  REVIEW_MS,
  stranger,
} from "./brokerWorld.js";
import { domain, issue } from "./network.js";

const [node, otherNode, lastNode] = nodes;
const heartbeat = (who: string): string => `r1/31337/heartbeat/${who}`;
const oracleTopic = (who: string): string => `r1/31337/oracle/${who}`;
const advert = (who: string): string => `r1/31337/advert/${who}`;
const answer = (who: string): string => `r1/31337/answer/${who}/0x01`;
const command = (who: string): string => `r1/31337/command/${who}`;
const assign = (who: string): string => `r1/31337/assign/${who}`;

/** What every broker must do for the chain's licences to be kept. */
export function brokerAccessConformance(name: string, start: (world: BrokerWorld) => Promise<BrokerUnderTest>): void {
  describe(`Broker access conformance: ${name}`, () => {
    let world: BrokerWorld;

    beforeEach(async () => {
      world = new BrokerWorld();
      world.use(await start(world));
    });

    afterEach(() => world.close());

    describe("a node", () => {
      it("is heard by the oracles under its own topics: heartbeats, what it offers, answers", async () => {
        const ear = await world.oracle();
        for (const kind of ["heartbeat/+", "advert/+", "answer/#"]) {
          expect(await isGranted(ear, `r1/31337/${kind}`)).to.equal(true);
        }
        const own = [advert(node), answer(node), heartbeat(node)];
        const heard = heardUntil(ear, heartbeat(node));
        const client = await world.node(node);
        for (const topic of own) await client.publishAsync(topic, "said", { qos: 1 });
        expect(await heard).to.deep.equal(own);
      });

      it("hears the commands for it, and nobody else's", async () => {
        const client = await world.node(node);
        expect(await isGranted(client, command(node))).to.equal(true);
        for (const filter of [command(otherNode), command("+"), command("#"), `${command(node)}/#`, advert(node)]) {
          expect(await isGranted(client, filter), filter).to.equal(false);
        }
        const heard = heardUntil(client, command(node));
        const speaker = await world.oracle();
        await speaker.publishAsync(command(otherNode), "not for it", { qos: 1 });
        await speaker.publishAsync(command(node), "for it", { qos: 1 });
        expect(await heard).to.deep.equal([command(node)]);
      });

      it("is not heard under any other topic", async () => {
        const ear = await world.oracle();
        expect(await isGranted(ear, "r1/31337/#")).to.equal(true);
        const heard = heardUntil(ear, heartbeat(lastNode));
        const topics = [
          ...[heartbeat(otherNode), oracleTopic(node), oracleTopic(oracle.address), `${heartbeat(node)}/x`],
          ...[
            advert(otherNode),
            answer(otherNode),
            command(node),
            command(otherNode),
            assign(node),
            `${advert(node)}/x`,
          ],
        ];
        const client = await world.node(lastNode);
        for (const topic of topics) {
          const forbidden = await world.node(node);
          forbidden.publish(topic, "no", { qos: 1 });
          // Some brokers cut off whoever tries, others drop the message: the answer to the next packet comes after either.
          await Promise.race([isCutOff(forbidden), forbidden.unsubscribeAsync("x").catch(() => undefined)]);
        }
        await client.publishAsync(heartbeat(lastNode), "beat", { qos: 1 });
        expect(await heard).to.deep.equal([heartbeat(lastNode)]);
      });

      it("may subscribe to nothing else, its own topic included", async () => {
        const client = await world.node(node);
        for (const filter of [
          heartbeat(node),
          "r1/31337/#",
          oracleTopic("+"),
          "#",
          `$share/${node}/${heartbeat(node)}`,
          `$share/${node}/${command(node)}`,
        ]) {
          expect(await isGranted(client, filter), filter).to.equal(false);
        }
      });
    });

    describe("an oracle", () => {
      it("is heard by the others under topics of its own and as who commands, and under no other", async () => {
        const ear = await world.oracle(otherOracle);
        expect(await isGranted(ear, "r1/31337/#")).to.equal(true);
        const { address } = oracle;
        const heard = heardUntil(ear, oracleTopic(address));
        const foreign = [oracleTopic(otherOracle.address), heartbeat(node), `r1/1/oracle/${address}`];
        for (const topic of [...foreign, assign(otherOracle.address), advert(node), answer(node)]) {
          const forbidden = await world.oracle();
          forbidden.publish(topic, "no", { qos: 1 });
          await Promise.race([isCutOff(forbidden), forbidden.unsubscribeAsync("x").catch(() => undefined)]);
        }
        const client = await world.oracle();
        const own = [heartbeat(address), assign(address), command(node), oracleTopic(address)];
        for (const topic of own) await client.publishAsync(topic, "said", { qos: 1 });
        expect(await heard).to.deep.equal(own);
      });

      it("may subscribe to all of its network and nothing else, shared only in the group named after it", async () => {
        const client = await world.oracle();
        const { address } = oracle;
        for (const filter of ["r1/31337/#", "r1/31337/heartbeat/+", `$share/${address}/r1/31337/heartbeat/+`]) {
          expect(await isGranted(client, filter), filter).to.equal(true);
        }
        const foreign = [`$share/${otherOracle.address}/r1/31337/heartbeat/+`, `$share/${address}/#`];
        for (const filter of ["#", "r1/1/#", "r1/+/oracle/+", ...foreign]) {
          expect(await isGranted(client, filter), filter).to.equal(false);
        }
      });

      it("may have further processes, each with credentials of its own", async () => {
        const clients = [await world.oracle(), await world.oracle(oracle, 1), await world.oracle(oracle, 2)];
        for (const client of clients) expect(await isGranted(client, "r1/31337/heartbeat/+")).to.equal(true);
        expect(clients.map(({ connected }) => connected)).to.deep.equal([true, true, true]);
      });
    });

    describe("nobody gets in", () => {
      const expectRefused = async (credentials: Parameters<BrokerWorld["told"]>[0]): Promise<void> => {
        await world.told(credentials);
        expect((await world.connect(credentials)).letIn).to.equal(false);
      };

      it("with a wrong password, or none, or no name", async () => {
        const credentials = world.credentialsOf(node);
        await world.told(credentials);
        const { username } = credentials;
        const wrong = credentials.password.replace(/.$/u, (last) => (last === "A" ? "B" : "A"));
        for (const login of [{ username, password: wrong }, { username, password: "" }, { username }, {}]) {
          expect((await world.connect(login, username)).letIn).to.equal(false);
        }
        expect((await world.connect(credentials)).letIn).to.equal(true);
      });

      it("with expired credentials", async () => {
        const credentials = world.credentialsOf(node);
        await world.told(credentials);
        await world.clock.advance(LIFETIME * 1_000);
        await world.broker.settle();
        await expectRefused(credentials);
      });

      it("with credentials of another node, or under another's client id", async () => {
        const credentials = world.credentialsOf(node);
        const other = world.credentialsOf(otherNode);
        for (const one of [credentials, other]) await world.told(one);
        const { username } = other;
        expect((await world.connect({ username, password: credentials.password })).letIn).to.equal(false);
        expect((await world.connect(credentials, username)).letIn).to.equal(false);
      });

      it("without a licence", async () => {
        await expectRefused(world.credentialsOf(stranger.address));
      });

      it("with credentials of another network", async () => {
        const terms = { node, issuedAt: world.now, expiresAt: world.now + LIFETIME };
        await expectRefused(issue({ ...domain, chainId: 1n }, oracle, terms));
        await expectRefused(issue({ ...domain, verifyingContract: node }, oracle, terms));
      });

      it("with credentials that no oracle signed, or another oracle than the one named", async () => {
        await expectRefused(world.credentialsOf(node, stranger));
        const { password } = world.credentialsOf(node, otherOracle);
        await expectRefused({ ...world.credentialsOf(node), password });
        await expectRefused(world.credentialsOf(oracle.address, otherOracle));
        await expectRefused(world.credentialsOf(stranger.address, stranger));
      });

      it("with credentials that would outlive all that oracles issue", async () => {
        await expectRefused(world.credentialsOf(node, oracle, 3_602));
      });
    });

    it("takes renewed credentials and stops taking the ones before, for connections that last too", async () => {
      const old = world.credentialsOf(node);
      await world.told(old);
      const { client } = await world.connect(old);
      const cut = isCutOff(client);
      await world.clock.advance(1_000);
      const renewed = world.credentialsOf(node);
      expect(await world.told(renewed)).to.equal(true);
      const second = await world.connect(renewed);
      await cut;
      expect(second.letIn).to.equal(true);
      await world.told(old);
      expect((await world.connect(old)).letIn).to.equal(false);
      expect(second.client.connected).to.equal(true);
    });

    it("leaves a connection alone when its credentials are made known again", async () => {
      const credentials = world.credentialsOf(node);
      await world.told(credentials);
      const { client } = await world.connect(credentials);
      expect(await world.told(credentials)).to.equal(true);
      await client.publishAsync(heartbeat(node), "beat", { qos: 1 });
      expect(client.connected).to.equal(true);
    });

    it("lets no oracle disturb whom another one let in", async () => {
      const client = await world.node(node);
      await world.clock.advance(1_000);
      const second = await world.node(node, otherOracle);
      await client.publishAsync(heartbeat(node), "beat", { qos: 1 });
      expect([client.connected, second.connected]).to.deep.equal([true, true]);
    });

    it("cuts a connection off within seconds of its credentials' expiry, and lets the next ones in", async () => {
      const client = await world.node(node);
      await world.clock.advance(LIFETIME * 1_000 - 1);
      await client.publishAsync(heartbeat(node), "beat", { qos: 1 });
      const cut = isCutOff(client);
      await world.clock.advance(REVIEW_MS);
      await cut;
      expect((await world.node(node)).connected).to.equal(true);
    });

    describe("what happens on chain cuts the connection and refuses the next:", () => {
      const deed = deedOf(node);
      const operator = ownerOf(node);
      const cases: [string, EventBody, EventBody][] = [
        [
          "a ban of the owner",
          { type: "OperatorBanned", operator, reason: "fraud" },
          { type: "OperatorUnbanned", operator },
        ],
        ["a ban of the deed", { type: "DeedBanned", deed, reason: "stolen" }, { type: "DeedUnbanned", deed }],
        [
          "a dissociation, which a deed's transfer is too",
          { type: "NodeDissociated", deed, node },
          { type: "NodeAssociated", deed, node, owner: operator, epoch: 1n },
        ],
        [
          "the owner's approval revoked",
          { type: "OperatorRevoked", operator },
          { type: "OperatorApproved", operator, until: 2 ** 40, verification: 1 },
        ],
      ];
      for (const [what, event, undoing] of cases) {
        it(what, async () => {
          const credentials = world.credentialsOf(node);
          await world.told(credentials);
          const { client } = await world.connect(credentials);
          const other = await world.node(otherNode);
          const cut = isCutOff(client);
          world.chain.happen(event);
          await cut;
          await world.broker.settle();
          expect(await world.told(credentials).then(() => world.connect(credentials))).to.include({ letIn: false });
          await other.publishAsync(heartbeat(otherNode), "beat", { qos: 1 });
          expect(other.connected).to.equal(true);
          world.chain.happen(undoing);
          await world.told(credentials);
          expect((await world.connect(credentials)).letIn).to.equal(true);
        });
      }

      it("an oracle's removal, with whom it let in, who get in by another one", async () => {
        const removed = await world.oracle(otherOracle);
        const itsNode = await world.node(node, otherOracle);
        const stays = await world.oracle();
        const cuts = Promise.all([isCutOff(removed), isCutOff(itsNode)]);
        const owner = ownerOf(otherOracle.address);
        world.chain.happen({ type: "OracleRemoved", oracle: otherOracle.address, owner, why: "governance" });
        await cuts;
        await world.broker.settle();
        for (const credentials of [
          world.credentialsOf(otherOracle.address, otherOracle),
          world.credentialsOf(node, otherOracle),
        ]) {
          await world.told(credentials);
          expect((await world.connect(credentials)).letIn, credentials.username).to.equal(false);
        }
        expect((await world.node(node)).connected).to.equal(true);
        expect(stays.connected).to.equal(true);
      });
    });

    it("keeps room for those with a licence while strangers flood it with connections", async function () {
      this.timeout(20_000);
      const ear = await world.oracle();
      await isGranted(ear, "r1/31337/heartbeat/+");
      const early = await world.node(node);
      const silent = await Promise.all(Array.from({ length: 400 }, () => rawSocket(world.broker.port)));
      const wrong = Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          world.connect({ username: `0x${index}`, password: "x" }, `f${index}`),
        ),
      );
      const heard = heardUntil(ear, heartbeat(otherNode));
      const late = await world.node(otherNode);
      for (let count = 0; count < 20; count += 1) await early.publishAsync(heartbeat(node), "beat", { qos: 1 });
      await late.publishAsync(heartbeat(otherNode), "beat", { qos: 1 });
      expect(await heard).to.have.length(21);
      expect((await wrong).some(({ letIn }) => letIn)).to.equal(false);
      for (const socket of silent) socket.destroy();
    });
  });
}
