import { EventEmitter } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { SystemClock } from "../../../keepers/core/clock.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { Secret } from "../../../keepers/core/secret.js";
import type { NodeChain } from "../../../keepers/node/chainAccess.js";
import { type CliDependencies, runCli } from "../../../keepers/node/cli.js";
import { createKeystore, openKeystore } from "../../../keepers/keys/keystore.js";
import { heartbeatTopic } from "../../../keepers/protocol/heartbeat.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { type BrokerClient, EmbeddedBroker } from "../../../keepers/transport/embeddedBroker.js";
import { MqttBus } from "../../../keepers/transport/mqttBus.js";
import { domain, owner, TestOracle } from "./testOracle.js";

const privateKey = `0x${"42".repeat(32)}`;
const key = new SigningKey(privateKey);

describe("node command line", () => {
  const clock = new SystemClock();
  let folder: string;
  let oracle: TestOracle;
  let text: string;
  let chainsOpen: number;
  let signals: EventEmitter & { exit(code: number): void };
  let exited: Promise<number>;
  let dependencies: CliDependencies;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "node-cli-"));
    oracle = await new TestOracle({ clock }).start();
    text = "";
    chainsOpen = 0;
    const exit = Promise.withResolvers<number>();
    exited = exit.promise;
    signals = Object.assign(new EventEmitter(), { exit: exit.resolve });
    dependencies = {
      environment: {
        NODE_PRIVATE_KEY: privateKey,
        RPC_URL: "http://127.0.0.1:1",
        DEPLOYMENT: "none",
        ORACLE_URLS: oracle.url,
      },
      clock,
      random: new SeededRandom(1),
      disk: new MemoryDisk(),
      output: { write: (part) => (text += part) },
      errors: { write: (part) => (text += part) },
      askNewPassword: async () => new Secret("asked for twice"),
      openChain: async () => fakeChain(),
      signals,
      logDestination: { write: (line) => (text += line) },
    };
  });

  afterEach(async () => {
    await oracle.close();
    await rm(folder, { recursive: true });
  });

  function fakeChain(): NodeChain {
    chainsOpen += 1;
    return {
      chainId: domain.chainId,
      nodeRegistry: domain.verifyingContract,
      blocks: { latest: async () => ({ number: 7, hash: `0x${"ab".repeat(32)}`, timestamp: clock.now() / 1_000 }) },
      roots: { rootOf: async () => `0x${"00".repeat(32)}` },
      rewards: { claimable: async () => 0n },
      jobs: {} as NodeChain["jobs"],
      claimer: undefined,
      close: async () => void (chainsOpen -= 1),
    };
  }

  it("explains itself", async () => {
    expect(await runCli(["--help"], dependencies)).to.equal(0);
    expect(text)
      .to.match(/--check/u)
      .and.to.match(/--json/u)
      .and.to.match(/keygen/u)
      .and.to.match(/3 refused/u);
  });

  it("refuses words it does not know, and a configuration that cannot work", async () => {
    expect(await runCli(["--nonsense"], dependencies)).to.equal(2);
    expect(text).to.contain("--nonsense");
    expect(await runCli([], { ...dependencies, environment: {} })).to.equal(2);
    expect(text).to.contain("RPC_URL: missing").and.to.contain("ORACLE_URLS: missing");
    expect(chainsOpen).to.equal(0);
  });

  it("checks the standing and ends", async () => {
    expect(await runCli(["--check"], dependencies)).to.equal(0);
    expect(text).to.equal(`node ${key.address} may work: ND #5 of ${owner} is in order\n`);
    oracle.refusal = { code: "OPERATOR_NOT_APPROVED", message: "no approval" };
    expect(await runCli(["--check"], dependencies)).to.equal(3);
    expect(text).to.match(/\nOPERATOR_NOT_APPROVED: .*operator:approve/u);
    oracle.challengeAnswers.push({ status: 503, body: {} });
    expect(await runCli(["--check"], dependencies)).to.equal(1);
    expect(text).to.contain("it has not caught up with the chain");
    expect(chainsOpen).to.equal(0);
  });

  it("does not start a node that is refused: status 3, the reason, and nothing left open", async () => {
    oracle.refusal = { code: "NODE_NOT_ASSOCIATED", message: "no deed" };
    expect(await runCli(["--json"], dependencies)).to.equal(3);
    expect(text).to.contain(`node ${key.address} is not associated with any deed`);
    expect(chainsOpen).to.equal(0);
    expect(signals.listenerCount("SIGTERM")).to.equal(0);
  });

  it("fails with the reason when the chain cannot be opened", async () => {
    const openChain = (): Promise<never> => Promise.reject(new Error("RPC_URL serves chain 1"));
    expect(await runCli(["--json"], { ...dependencies, openChain })).to.equal(1);
    expect(text).to.contain("RPC_URL serves chain 1");
  });

  it("runs over MQTT with the session's credentials until a signal, and tells no secret", async () => {
    const logins: (string | undefined)[][] = [];
    const authenticate = ({ id, username }: BrokerClient, password?: string): boolean =>
      logins.push([username, password, id]) > 0;
    const broker = await EmbeddedBroker.start({ port: 0, maximumPacketBytes: 65_536 }, { authenticate });
    const limits = { maximumPayloadBytes: 4_096, outgoingLimit: 16, keepaliveSeconds: 30, connectTimeoutMs: 5_000 };
    const ear = new MqttBus(
      { ...limits, url: broker.url, clientId: "ear", backoff: { baseMs: 10, maximumMs: 100 } },
      { clock, random: new SeededRandom(2) },
    );
    try {
      const heard = Promise.withResolvers<true>();
      const listening = Promise.withResolvers<true>();
      ear.onConnection(() => listening.resolve(true));
      await ear.subscribe(heartbeatTopic(domain.chainId, key.address), () => heard.resolve(true));
      await listening.promise;
      oracle.session = { brokerUrl: broker.url, heartbeat: { intervalMs: 200, freshBlocks: 256 } };
      expect(await runCli(["--json"], dependencies)).to.equal(undefined);
      await heard.promise;
      expect(logins.find(([, , client]) => client === key.address)?.slice(0, 2)).to.deep.equal([
        key.address,
        "pass-phrase-of-the-session",
      ]);
      expect(chainsOpen).to.equal(1);
      signals.emit("SIGTERM");
      expect(await exited).to.equal(0);
      expect(chainsOpen).to.equal(0);
      const lines = text.trim().split("\n");
      expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).to.include("heartbeats are going out");
      expect(text).to.not.contain("pass-phrase-of-the-session").and.to.not.contain("42".repeat(32));
    } finally {
      await ear.close();
      await broker.close();
    }
  });

  it("ends cleanly when the signal comes while it waits for an oracle", async () => {
    const environment = { ...dependencies.environment, ORACLE_URLS: "http://127.0.0.1:1" };
    const running = runCli(["--json"], { ...dependencies, environment });
    while (!text.includes("no oracle answers")) await new Promise((resolve) => setImmediate(resolve));
    signals.emit("SIGINT");
    expect(await exited).to.equal(0);
    expect(await running).to.equal(undefined);
    expect(chainsOpen).to.equal(0);
  });

  describe("keygen", () => {
    const cheap = { scryptCost: 2 };

    it("writes an encrypted key that only its owner can read, once", async () => {
      const path = join(folder, "keys", "node.json");
      const environment = { NODE_KEYSTORE_PASSWORD: "correct horse" };
      expect(await runCli(["keygen", path], { ...dependencies, environment })).to.equal(0);
      expect((await stat(path)).mode & 0o777).to.equal(0o600);
      const before = await readFile(path, "utf8");
      const opened = await openKeystore({ path, password: new Secret("correct horse") });
      expect(text).to.contain(`node ${opened.address}`);
      expect(before).to.contain('"scrypt"');
      expect(await runCli(["keygen", path], { ...dependencies, environment })).to.equal(1);
      expect(text).to.contain(`${path} exists already and is not overwritten`);
      expect(await readFile(path, "utf8")).to.equal(before);
      expect(text).to.not.contain("correct horse");
    });

    it("asks for a password when none is set", async () => {
      const path = join(folder, "asked.json");
      expect(await runCli(["keygen", path], { ...dependencies, environment: {} })).to.equal(0);
      expect((await openKeystore({ path, password: new Secret("asked for twice") })).address).to.match(/^0x/u);
    });

    it("takes no password that is quickly guessed", async () => {
      const path = join(folder, "short.json");
      const made = createKeystore({ path, password: new Secret("1234567"), ...cheap }, dependencies);
      expect(await made.catch((error: unknown) => error)).to.include({ code: "PASSWORD_SHORT" });
    });

    it("says what is wrong with a keystore that does not open, without its content", async () => {
      const path = join(folder, "key.json");
      await createKeystore({ path, password: new Secret("correct horse"), ...cheap }, dependencies);
      const wrong: unknown = await openKeystore({ path, password: new Secret("battery staple") }).catch(
        (e: unknown) => e,
      );
      expect(wrong).to.include({ code: "KEYSTORE_LOCKED" });
      expect((wrong as Error).message)
        .to.contain(path)
        .and.to.not.contain("staple");
      const missing = openKeystore({ path: `${path}.x`, password: new Secret("correct horse") });
      expect(await missing.catch((error: unknown) => error)).to.include({ code: "KEYSTORE_UNREADABLE" });
    });

    it("gives keys that a node can start with", async () => {
      const path = join(folder, "key.json");
      const password = "correct horse";
      const address = await createKeystore({ path, password: new Secret(password), ...cheap }, dependencies);
      const { NODE_PRIVATE_KEY: _, ...environment } = dependencies.environment;
      const withKeystore = { ...environment, NODE_KEYSTORE: path, NODE_KEYSTORE_PASSWORD: password };
      expect(await runCli(["--check"], { ...dependencies, environment: withKeystore })).to.equal(0);
      expect(text).to.contain(`node ${address} may work`);
    });
  });
});
