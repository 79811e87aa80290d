import { expect } from "chai";
import mqtt, { type MqttClient } from "mqtt";
import type { KeeperError } from "../../../../keepers/core/errors.js";
import type { MosquittoAdmin } from "../../../../keepers/oracle/dauth/mosquittoAdmin.js";
import { DynamicSecurity, type SecurityCommand } from "../../../../keepers/transport/dynamicSecurity.js";
import { MqttBus } from "../../../../keepers/transport/mqttBus.js";
import { SystemClock } from "../../../../keepers/core/clock.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { type Mosquitto, startMosquitto } from "../../../helpers/services/mosquitto.js";
import { isCutOff } from "../../transport/clients.js";
import { administer, type AdminOptions } from "./brokers.js";
import { BrokerWorld, deedOf, nodes, oracle, otherOracle, ownerOf } from "./brokerWorld.js";
import { domain, keyOf } from "./network.js";

const [node, otherNode, lastNode] = nodes;
const CONTROL = "$CONTROL/dynamic-security/v1";

interface ListedClient {
  readonly username: string;
  readonly roles: readonly { readonly rolename: string }[];
}

describe("MosquittoAdmin", () => {
  let world: BrokerWorld;
  let mosquitto: Mosquitto;
  let admin: MosquittoAdmin;
  const admins: MosquittoAdmin[] = [];

  beforeEach(async () => {
    world = new BrokerWorld();
    mosquitto = await startMosquitto({ dynamicSecurity: true });
    admin = await open();
    use();
  });

  afterEach(async () => {
    for (const one of admins.splice(0)) await one.close();
    await world.close();
    await mosquitto.stop();
  });

  function use(): void {
    const { url, port } = mosquitto;
    world.use({ url, port, admin, settle: () => admin.idle(), close: () => Promise.resolve() });
  }

  async function open(options: AdminOptions = {}): Promise<MosquittoAdmin> {
    const opened = await administer(mosquitto, world, options);
    admins.push(opened);
    return opened;
  }

  /** Commands of somebody else that administers, one connection for each batch. */
  async function command(...commands: SecurityCommand[]): Promise<{ error?: string; data?: unknown }[]> {
    const client: MqttClient = await mqtt.connectAsync(mosquitto.url, { ...mosquitto.admin, clientId: "somebody" });
    await client.subscribeAsync(`${CONTROL}/response`);
    const answer = new Promise<Buffer>((resolve) => {
      client.once("message", (_topic, payload) => resolve(payload));
    });
    await client.publishAsync(CONTROL, JSON.stringify({ commands }), { qos: 1 });
    const { responses } = JSON.parse((await answer).toString()) as { responses: { error?: string; data?: unknown }[] };
    await client.endAsync();
    return responses;
  }

  async function listClients(): Promise<readonly ListedClient[]> {
    const [answer] = await command({ command: "listClients", verbose: true });
    return (answer?.data as { clients: ListedClient[] }).clients.filter(({ username }) => username !== "r1-admin");
  }

  async function listRoles(): Promise<readonly string[]> {
    const [answer] = await command({ command: "listRoles", verbose: false });
    return (answer?.data as { roles: string[] }).roles.filter((role) => role !== "admin");
  }

  /** Resolves when the broker is up again and the administrator has read it; `event` happens while it is down. */
  async function whileDown(event: () => unknown): Promise<void> {
    const up = world.log.entries.length;
    await mosquitto.pause("SIGKILL");
    await event();
    await mosquitto.restart();
    await reconnected(up);
  }

  /** Lets as much time pass as its bus waits between attempts, and no more. */
  async function reconnected(since: number): Promise<void> {
    const { entries } = world.log;
    for (let seen = since; ; seen += 1) {
      while (entries.length <= seen) await new Promise((resolve) => setImmediate(resolve));
      const { msg, delayMs } = entries[seen] as { msg: string; delayMs?: number };
      if (msg === "connected to the broker") break;
      if (msg === "no connection to the broker") await world.clock.advance(delayMs as number);
    }
    await admin.idle();
  }

  async function failure(promise: Promise<unknown>): Promise<KeeperError> {
    return promise.then(
      () => expect.fail("it was done"),
      (error: unknown) => error as KeeperError,
    );
  }

  it("leaves one client for each credential and one role for each node, and nothing after they are revoked", async () => {
    await world.node(node);
    await world.node(node, otherOracle);
    await world.oracle();
    await world.oracle(oracle, 1);
    const { address } = oracle;
    const names = [`${node}/${address}`, `${node}/${otherOracle.address}`, address, `${address}/1`];
    expect((await listClients()).map(({ username }) => username)).to.have.members(names);
    expect(await listRoles()).to.have.length(2);
    world.chain.happen(
      { type: "NodeDissociated", deed: deedOf(node), node },
      { type: "OracleRemoved", oracle: address, owner: ownerOf(address), why: "governance" },
    );
    await admin.idle();
    expect(await listClients()).to.deep.equal([]);
    expect(await listRoles()).to.deep.equal([]);
    expect(admin.size).to.equal(0);
  });

  it("keeps a node's role while one of its credentials is left", async () => {
    await world.node(node);
    await world.clock.advance(300_000);
    const client = await world.node(node, otherOracle);
    await world.clock.advance(300_000);
    await admin.idle();
    expect((await listClients()).map(({ username }) => username)).to.deep.equal([`${node}/${otherOracle.address}`]);
    expect(await listRoles()).to.have.length(1);
    expect(client.connected).to.equal(true);
  });

  it("takes what happened on chain while the broker was down into account as soon as it is up", async () => {
    const banned = world.credentialsOf(node);
    const kept = world.credentialsOf(otherNode);
    for (const credentials of [banned, kept]) await world.told(credentials);
    await whileDown(() => world.chain.happen({ type: "OperatorBanned", operator: ownerOf(node), reason: "fraud" }));
    expect((await listClients()).map(({ username }) => username)).to.deep.equal([kept.username]);
    expect((await world.connect(banned)).letIn).to.equal(false);
    expect((await world.connect(kept)).letIn).to.equal(true);
  });

  it("lets everybody in again after a broker came back that knows nobody", async () => {
    const credentials = world.credentialsOf(node);
    await world.told(credentials);
    await whileDown(() => mosquitto.forgetClients());
    expect((await world.connect(credentials)).letIn).to.equal(false);
    expect(await world.told(credentials)).to.equal(true);
    expect((await world.connect(credentials)).letIn).to.equal(true);
  });

  it("refuses grants while the broker is down, with an error that says to try again, and has its problem known", async () => {
    const up = world.log.entries.length;
    const offline = new Promise<void>((resolve) => {
      const look = (): unknown => (admin.problem === undefined ? setImmediate(look) : resolve());
      look();
    });
    await mosquitto.pause();
    await offline;
    expect(admin.problem).to.match(/no connection/u);
    const error = await failure(admin.grant(world.credentialsOf(node)));
    expect([error.code, error.retriable]).to.deep.equal(["BROKER_ADMIN_OFFLINE", true]);
    await mosquitto.restart();
    await reconnected(up);
    expect(admin.problem).to.equal(undefined);
    expect((await world.node(node)).connected).to.equal(true);
  });

  it("goes on where another administrator left off, and cuts nobody off by it", async () => {
    const credentials = world.credentialsOf(node);
    await world.told(credentials);
    const { client } = await world.connect(credentials);
    await admin.close();
    admin = await open({ seed: 2 });
    use();
    expect(admin.size).to.equal(1);
    expect(await world.told(credentials)).to.equal(true);
    await client.publishAsync(`r1/31337/heartbeat/${node}`, "beat", { qos: 1 });
    expect(client.connected).to.equal(true);
    const cut = isCutOff(client);
    world.chain.happen({ type: "DeedBanned", deed: deedOf(node), reason: "stolen" });
    await cut;
  });

  it("works beside another administrator", async () => {
    const second = await secondAdmin();
    const first = world.credentialsOf(node);
    await admin.grant(first);
    await second.grant(first);
    await world.clock.advance(1_000);
    const renewed = world.credentialsOf(node);
    await second.grant(renewed);
    await world.clock.advance(1_000);
    const latest = world.credentialsOf(node);
    await admin.grant(latest);
    for (const credentials of [first, renewed]) expect((await world.connect(credentials)).letIn).to.equal(false);
    expect((await world.connect(latest)).letIn).to.equal(true);
    const client = await world.node(otherNode);
    await world.clock.advance(60_000);
    await second.idle();
    const cut = isCutOff(client);
    world.chain.happen({ type: "OperatorBanned", operator: ownerOf(otherNode), reason: "fraud" });
    await Promise.all([cut, admin.idle()]);
    second.review();
    await second.idle();
    const left = (await listClients()).map(({ username }) => username);
    expect(left).to.have.members([latest.username, "second-admin"]);
  });

  /** An administrator with a name of its own, which each needs at the broker. */
  async function secondAdmin(): Promise<MosquittoAdmin> {
    const login = { username: "second-admin", password: "also-only-for-tests" };
    await command({ command: "createClient", ...login, roles: [{ rolename: "admin" }] });
    return open({ seed: 3, login });
  }

  it("leaves clients and roles alone that are not of its network, and is refused their names", async () => {
    const { username } = world.credentialsOf(node);
    await command(
      { command: "createRole", rolename: "weather" },
      { command: "createClient", username: "barometer", password: "x", roles: [{ rolename: "weather" }] },
      { command: "createClient", username, password: "x" },
    );
    await world.clock.advance(60_000);
    await admin.idle();
    const error = await failure(admin.grant(world.credentialsOf(node)));
    expect(error.code).to.equal("CREDENTIALS_REFUSED");
    expect((await world.node(otherNode)).connected).to.equal(true);
    expect((await listClients()).map((client) => client.username)).to.include.members(["barometer", username]);
    expect(await listRoles()).to.include("weather");
  });

  it("puts right what somebody changed at the broker, within a minute", async () => {
    const { username } = world.credentialsOf(node);
    await world.node(node);
    await world.node(otherNode);
    await command(
      { command: "modifyClient", username, roles: [{ rolename: "admin" }] },
      { command: "createRole", rolename: `r1/31337/${domain.verifyingContract}/node/left-over` },
      { command: "setDefaultACLAccess", acls: [{ acltype: "subscribe", allow: true }] },
    );
    await world.clock.advance(60_000);
    await admin.idle();
    expect((await listClients()).map((client) => client.username)).to.deep.equal([
      world.credentialsOf(otherNode).username,
    ]);
    expect(await listRoles()).to.have.length(1);
    const [access] = await command({ command: "getDefaultACLAccess" });
    const { acls } = access?.data as { acls: { acltype: string; allow: boolean }[] };
    expect(acls.filter(({ allow }) => allow).map(({ acltype }) => acltype)).to.deep.equal(["unsubscribe"]);
    expect((await world.node(node)).connected).to.equal(true);
  });

  it("makes a client anew that somebody deleted", async () => {
    await world.node(node);
    await command({ command: "deleteClient", username: world.credentialsOf(node).username });
    await world.clock.advance(1_000);
    expect((await world.node(node)).connected).to.equal(true);
  });

  it("lets many in at once, each of them with its own rights", async () => {
    const keys = Array.from({ length: 100 }, (_, index) => keyOf(100 + index));
    const deed = (index: number): bigint => deedOf(lastNode) + 100n + BigInt(index);
    world.chain.happen(
      ...keys.map(({ address }, index) => ({
        ...({ type: "NodeAssociated" } as const),
        ...{ deed: deed(index), node: address, owner: ownerOf(node), epoch: 0n },
      })),
    );
    const credentials = keys.map(({ address }) => world.credentialsOf(address));
    await Promise.all(credentials.map((one) => admin.grant(one)));
    const names = new Set((await listClients()).map(({ username, roles }) => `${username} ${roles[0]?.rolename}`));
    expect(names.size).to.equal(100);
    expect(await listRoles()).to.have.length(100);
    const cut = isCutOff((await world.connect(credentials[50] as (typeof credentials)[0])).client);
    world.chain.happen({ type: "OperatorBanned", operator: ownerOf(node), reason: "fraud" });
    await cut;
    await admin.idle();
    expect(await listClients()).to.deep.equal([]);
  });

  it("refuses more grants than may wait, one for each name counting once", async () => {
    await admin.close();
    admin = await open({ seed: 4, grantLimit: 1 });
    const first = admin.grant(world.credentialsOf(node));
    const same = admin.grant(world.credentialsOf(node));
    const error = await failure(admin.grant(world.credentialsOf(otherNode)));
    expect([error.code, error.retriable]).to.deep.equal(["BROKER_ADMIN_BUSY", true]);
    await Promise.all([first, same]);
  });

  it("tells nobody a password", async () => {
    const credentials = world.credentialsOf(node);
    await world.told(credentials);
    await whileDown(() => undefined);
    expect(JSON.stringify(world.log.entries)).not.to.include(credentials.password);
  });

  it("is told by the broker itself that it may not administer", async () => {
    await world.told(world.credentialsOf(node));
    const { username, password } = world.credentialsOf(node);
    const clock = new SystemClock();
    const random = new SeededRandom(9);
    const bus = new MqttBus(
      {
        ...{ url: mosquitto.url, clientId: username, backoff: { baseMs: 100, maximumMs: 100 }, keepaliveSeconds: 15 },
        ...{ connectTimeoutMs: 5_000, maximumPayloadBytes: 10_000, outgoingLimit: 16 },
      },
      { clock, random, credentials: () => Promise.resolve({ username, password }) },
    );
    await new Promise<void>((resolve) => {
      bus.onConnection(() => resolve());
    });
    const error = await failure(DynamicSecurity.open({ timeoutMs: 1_000 }, { bus, clock, random }));
    expect(error.code).to.equal("SUBSCRIPTION_REFUSED");
    await bus.close();
  });

  it("deletes expired credentials, which cuts off whoever came with them", async () => {
    const credentials = world.credentialsOf(node, oracle, 2);
    await world.told(credentials);
    const { client } = await world.connect(credentials);
    const cut = isCutOff(client);
    await world.clock.advance(5_000);
    await cut;
    await admin.idle();
    expect(await listClients()).to.deep.equal([]);
  });
});
