import { expect } from "chai";
import mqtt from "mqtt";

import { castOf } from "../../../scripts/network/accounts.js";
import { mined } from "../../../scripts/network/protocol.js";
import type { KeeperProcess, OracleProcess } from "./oracleProcess.js";
import { until } from "./until.js";
import { openWorld, type World } from "./world.js";

const EPOCH_MS = 60_000;
/** Within which whoever lost a right must have lost the access. */
const REVOCATION_MS = 60_000;

/** One network, one story: each test goes on where the one before it ended. */
describe("four oracle processes on a Mosquitto that lets in only whom they let in", function () {
  this.bail(true);
  this.timeout(3 * EPOCH_MS);

  const closers: (() => Promise<void>)[] = [];
  let world: World;
  let nodes: readonly KeeperProcess[];
  let administrator: OracleProcess;

  before(async () => {
    world = await openWorld({ dynamicSecurity: true });
    closers.push(() => world.close());
    administrator = world.oracles[0]!;
  });

  after(async () => {
    for (const close of closers) await close();
  });

  afterEach(function () {
    if (this.currentTest?.state === "failed") process.stderr.write(`\n${world.tails()}\n`);
  });

  /** An epoch that has not begun yet is committed. */
  const commitsNext = async (): Promise<void> => {
    const epoch = await world.nextEpoch();
    await world.nearEndOf(epoch, 0);
    await until(`a commit of epoch ${epoch} or later`, EPOCH_MS, async () =>
      (await world.commits()).some((commit) => commit.epoch >= epoch),
    );
  };
  const connected = (oracle: OracleProcess) =>
    until(`${oracle.address} is connected`, EPOCH_MS, async () => (await oracle.status()).connected);

  it("let in each other and nodes with a licence, and agree", async () => {
    await Promise.all(world.oracles.map((oracle) => oracle.start()));
    nodes = await world.startNodes();
    await Promise.all(world.oracles.map(connected));
    await commitsNext();
  });

  it("do not let in a stranger", async () => {
    const reason = await mqtt.connectAsync(world.mosquitto.url, { reconnectPeriod: 0 }, false).then(
      () => "let in",
      (error: unknown) => String(error),
    );
    expect(reason).to.match(/not authorized/iu);
  });

  it("go on when an administrator is killed and the broker restarts: the other administrator lets them in", async () => {
    await administrator.kill();
    await world.mosquitto.restart("SIGKILL");
    await Promise.all(world.oracles.slice(1).map(connected));
    await commitsNext();
  });

  it("cut off a node whose owner is banned", async () => {
    const { protocol, licences } = world;
    const [, node] = nodes as readonly [KeeperProcess, KeeperProcess];
    expect(node.output).to.not.include("OPERATOR_BANNED");
    const { governance } = castOf(protocol.provider, 1);
    await mined(protocol.contracts.operatorRegistry.connect(governance).ban(licences.operator.owner.address, "test"));
    // Its credentials are good for an hour: it asks for others only because its connection was cut.
    await until("the node is told why it was cut off", REVOCATION_MS, () => node.output.includes("OPERATOR_BANNED"));
    await until("no oracle listens to it", REVOCATION_MS, async () => {
      const statuses = await Promise.all(world.oracles.slice(1).map((oracle) => oracle.status()));
      return statuses.every((status) => status.nodes === world.links.length - 1);
    });
  });
});
