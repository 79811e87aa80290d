import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import mqtt from "mqtt";

import { addressOf } from "../../../keepers/chain/deployment.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { sessionDigest } from "../../../keepers/protocol/typedData.js";
import { secretsIn } from "../../helpers/secretForms.js";

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

  it("have told no secret: in no log, no file, no answer and no transaction", async () => {
    const { foundation } = world.licences;
    const oracle = world.oracles[1]!;
    const key = new SigningKey(foundation.node.privateKey);
    const secrets = { ...world.secrets(), "password of a session": await openSession(oracle.url, key, world) };
    expect(Object.keys(secrets)).to.have.length.greaterThan(12);
    const answers = await Promise.all(
      ["/status", "/health", "/nodes", "/epochs", "/openapi.json", "/metrics"].map(textOf),
    );
    const places = {
      "what they wrote": world.outputs(),
      "what they keep": (await Promise.all(world.dataFolders.map(contentsOf))).join("\n"),
      "what they answer": answers.join("\n"),
      "what they sent to the chain": await callDataOf(world),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length, place).to.be.greaterThan(1_000);
      expect(secretsIn(text, secrets), place).to.deep.equal([]);
    }
    // What they wrote is all that they can write.
    expect(places["what they wrote"]).to.match(/"level":"(?:trace|debug)"/u);

    async function textOf(path: string): Promise<string> {
      return (await oracle.get(path)).text();
    }
  });
});

/** Asks for credentials as a node does, and gives their password. */
async function openSession(url: string, key: SigningKey, { protocol }: World): Promise<string> {
  const post = async (path: string, body: object) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status, path).to.equal(200);
    return answer.json() as Promise<{ challenge: string; expiresAt: number; password: string }>;
  };
  const node = key.address;
  const { challenge, expiresAt } = await post("/dauth/challenge", { node });
  const domain = { chainId: protocol.chainId, verifyingContract: addressOf(protocol.deployment, "NodeRegistry") };
  const signature = bytesToHex(key.sign(sessionDigest(domain, { node, challenge, expiresAt: BigInt(expiresAt) })));
  return (await post("/dauth/session", { node, challenge, expiresAt, signature })).password;
}

/** Of all files below a folder, byte for byte. */
async function contentsOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const contents = await Promise.all(files.map((path) => readFile(path)));
  return contents.map((bytes) => `${bytes.toString("latin1")}\n${bytes.toString("hex")}`).join("\n");
}

/** Of every transaction so far. */
async function callDataOf({ protocol: { provider } }: World): Promise<string> {
  const blocks = Array.from({ length: (await provider.getBlockNumber()) + 1 }, (_, number) => number);
  const data: string[] = [];
  for (const number of blocks) {
    const block = await provider.getBlock(number, true);
    data.push(...(block?.prefetchedTransactions ?? []).map((transaction) => transaction.data));
  }
  return data.join("\n");
}
