import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { startChain } from "../../../scripts/network/chain.js";
import { deployDevelopment } from "../../../scripts/network/deployment.js";
import { connectProtocol } from "../../../scripts/network/protocol.js";
import { startMosquitto } from "../../helpers/services/mosquitto.js";
import { type RedisService, startRedis } from "../../helpers/services/redis.js";
import { freePort, ServiceProcess } from "../../helpers/services/serviceProcess.js";
import { addressOfNode, issueLicences } from "./setUp.js";
import type { Variables } from "./oracleProcess.js";
import { until } from "./until.js";

const SET_UP_MS = 120_000;
const SOON_MS = 30_000;
const EPOCH_SECONDS = 86_400;
const OLD_SECONDS = 60;
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface HeardNode {
  readonly node: string;
  readonly slots: number;
}

/** A keeper as its operator starts it. */
function keeper(name: "node" | "oracle", args: readonly string[], variables: Variables): ServiceProcess {
  const { PATH = "", HOME = "" } = process.env;
  const program = join(ROOT, "keepers", name, "main.ts");
  const command = ["--import", import.meta.resolve("tsx"), program, ...args, "--json"];
  return new ServiceProcess(process.execPath, command, { PATH, HOME, ...variables });
}

/** One network, one story: each test goes on where the one before it ended. */
describe("an oracle that leaves hearing to two worker processes", function () {
  this.bail(true);
  this.timeout(2 * SOON_MS);

  const closers: (() => Promise<unknown>)[] = [];
  let redis: RedisService;
  let api: string;
  let node: string;
  let processes: { oracle: ServiceProcess; node: ServiceProcess; workers: [ServiceProcess, ServiceProcess] };

  before(async function () {
    this.timeout(SET_UP_MS);
    const folder = await mkdtemp(join(tmpdir(), "r1-ingest-"));
    closers.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
    const broker = await startMosquitto({ dynamicSecurity: true });
    closers.push(() => broker.stop());
    redis = await startRedis();
    closers.push(() => redis.stop());
    const chain = await startChain();
    closers.push(() => chain.close());
    const genesis = Math.floor(Date.now() / 1_000) - OLD_SECONDS;
    const deployment = await deployDevelopment(chain.connection, { genesis, epochDuration: EPOCH_SECONDS });
    const protocol = connectProtocol(deployment, chain.url);
    closers.push(async () => protocol.provider.destroy());
    const { oracles, operator } = await issueLicences(protocol);
    node = addressOfNode(operator);
    const path = join(folder, "deployment.json");
    await writeFile(path, JSON.stringify(deployment));
    const port = await freePort();
    api = `http://127.0.0.1:${port}`;
    const common = { RPC_URL: chain.url, DEPLOYMENT: path, ORACLE_URLS: api };
    const hearing = {
      ...common,
      ...{ BROKER_URL: broker.url, REDIS_URL: redis.url, ORACLE_PRIVATE_KEY: oracles[0]!.node.privateKey },
      ...{ SLOT_SECONDS: "1", CHAIN_POLL: "300ms", HEARTBEAT_FRESH_BLOCKS: "200" },
    };
    const oracle = keeper("oracle", [], {
      ...hearing,
      ...{ API_PORT: String(port), DATA_DIR: join(folder, "oracle"), HEARTBEAT_INTERVAL: "500ms" },
      ...{ BROKER_ADMIN_USERNAME: broker.admin.username, BROKER_ADMIN_PASSWORD: broker.admin.password },
      ORACLE_INGEST: "external",
    });
    closers.push(() => oracle.end("SIGKILL"));
    await oracle.wrote(/the oracle is at work/);
    const worker = (number: number) => {
      const variables = { ...hearing, BROKER_ADMIN_URLS: api, INGEST_WORKER: String(number) };
      return keeper("oracle", ["ingest"], variables);
    };
    const workers: [ServiceProcess, ServiceProcess] = [worker(1), worker(2)];
    for (const each of workers) closers.push(() => each.end("SIGKILL"));
    await Promise.all(workers.map((each) => each.wrote(/the ingest worker is at work/)));
    const edge = keeper("node", [], {
      ...common,
      ...{ NODE_PRIVATE_KEY: operator.node.privateKey, BLOCK_REFRESH: "1s", DATA_DIR: join(folder, "node") },
    });
    closers.push(() => edge.end("SIGKILL"));
    processes = { oracle, node: edge, workers };
    await edge.wrote(/heartbeats are going out/);
  });

  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  afterEach(function () {
    if (this.currentTest?.state !== "failed") return;
    const { oracle, node, workers } = processes;
    for (const { output } of [oracle, node, ...workers]) process.stderr.write(`\n---\n${output.slice(-3_000)}`);
  });

  /** Slots of the running epoch in which the oracle knows the node to have been heard. */
  async function slots(): Promise<number> {
    const response = await fetch(`${api}/nodes`);
    const { nodes } = (await response.json()) as { nodes: HeardNode[] };
    return nodes.find((each) => each.node === node)?.slots ?? 0;
  }

  async function moreSlots(count: number): Promise<number> {
    const before = await slots();
    return until(`${count} more slots than ${before}`, SOON_MS, async () => {
      const now = await slots();
      return now >= before + count && now;
    });
  }

  it("knows what they heard, and hears nothing itself", async () => {
    await moreSlots(3);
    const status = (await (await fetch(`${api}/status`)).json()) as { heartbeats?: unknown };
    expect(status.heartbeats ?? undefined).to.equal(undefined);
  });

  it("goes on when one of them is killed", async () => {
    await processes.workers[0].end("SIGKILL");
    await moreSlots(4);
  });

  it("goes on when Redis was killed, with what was heard meanwhile", async () => {
    await redis.kill();
    const health = async () => (await (await fetch(`${api}/health`)).json()) as { problems?: string[] };
    await until("the oracle says so", SOON_MS, async () => JSON.stringify(await health()).includes("Redis at"));
    await redis.restart();
    await until("the oracle is well", SOON_MS, async () => !JSON.stringify(await health()).includes("Redis at"));
    await moreSlots(3);
  });

  it("ends like any process when it is told to", async () => {
    const { code } = await processes.workers[1].end("SIGTERM");
    expect(code).to.equal(0);
  });
});
