/** A job from a developer's wallet to a container that answers at the node's gateway: real contracts, Deeploy, Docker and gateway. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { id } from "ethers";
import { connectContracts } from "../../keepers/chain/contracts.js";
import { addressOf } from "../../keepers/chain/deployment.js";
import type { ContainerEngine } from "../../keepers/containers/engine.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { memoryLogger } from "../../keepers/core/memoryLogger.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { contractJobs } from "../../keepers/node/jobs/contractJobs.js";
import { Front } from "../../keepers/node/jobs/front.js";
import { NodeJobs } from "../../keepers/node/jobs/nodeJobs.js";
import { ContainerState } from "../../keepers/protocol/heartbeat.js";
import { deedId, DeedKind } from "../../keepers/protocol/deedId.js";
import { SigningKey } from "../../keepers/protocol/signing.js";
import { startPrivateDaemon } from "../../scripts/network/containers/privateDaemon.js";
import type { ContainerHost } from "../../scripts/network/containers/types.js";
import { createSession } from "../../sdk/index.js";
import { signAssignment } from "../helpers/jobWorld.js";
import { ethers } from "../helpers/protocol.js";
import { type DeeployChainWorld, deploymentOf, openWorld } from "../integration/deeploy/world.js";
import { gatewayOptions } from "../unit/ingress/gatewayWorld.js";

const limitMs = 60_000;
const deed = deedId(DeedKind.NODE, 1n);
const key = new SigningKey(id(`node of ${deed.toString()}`));

describe("a paid job on one node", function () {
  this.timeout(240_000);
  const random = new CryptoRandom();
  let world: DeeployChainWorld;
  let daemon: ContainerHost;
  let folder: string;
  let engine: ContainerEngine;
  let front: Front;
  let node: NodeJobs;

  before(async () => {
    world = await openWorld();
    folder = await mkdtemp(join(tmpdir(), "node-job-"));
    const { clock } = world;
    const { logger } = memoryLogger(clock);
    daemon = await startPrivateDaemon({ clock, random, logger });
    engine = daemon.engineFor(key.address, join(folder, "volumes"));
    front = new Front(
      { gateway: gatewayOptions, backoff: { baseMs: 1_000, maximumMs: 1_000 } },
      { clock, random, logger },
    );
    node = await openNode();
  });

  after(async () => {
    await node.close();
    await world.close();
    await daemon.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function openNode(): Promise<NodeJobs> {
    const { clock, hub, jobs, url } = world;
    const deployment = await deploymentOf(jobs);
    const contracts = connectContracts(deployment, ethers.provider);
    const { logger } = memoryLogger(clock);
    const offer = { milliCpu: 2_000, memoryMiB: 4_096, diskMiB: 16_384, gpus: 0 };
    const options = { dataDir: folder, offer, tags: [], deeployUrls: [url], timeoutMs: 5_000, pollMs: 100 };
    const chain = contractJobs(deployment, contracts, ethers.provider as never);
    const opened = new NodeJobs(
      { ...options, chainId: jobs.chainId, nodeRegistry: addressOf(deployment, "NodeRegistry") },
      { engine, chain, key, disk: new SystemDisk(), clock, random, logger, front },
    );
    const bus = hub.connect("node 1");
    await opened.start({
      standing: () => ({ deed, epoch }),
      hear: (filter, handler) => void bus.subscribe(filter, handler),
      bus,
    });
    return opened;
  }

  let epoch = 0n;

  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (const end = world.clock.now() + limitMs; world.clock.now() < end;) {
      const found = await look();
      if (found !== undefined) return found;
      await world.clock.sleep(20);
    }
    throw new Error(`${what} did not come about in ${limitMs} ms`);
  }

  async function ask(jobId: bigint): Promise<readonly [number, string]> {
    const answer = await fetch(`${front.url}/jobs/${jobId}/`);
    return [answer.status, (await answer.text()).trim()];
  }

  function content(version: string) {
    const script = "mkdir -p /tmp/w && echo $VERSION $WORD > /tmp/w/index.html && exec httpd -f -p 8080 -h /tmp/w";
    return {
      name: "shop",
      image: daemon.image,
      command: ["sh", "-c", `echo ${version} begins; ${script}`],
      environment: { VERSION: version },
      port: 8080,
      secrets: { WORD: "swordfish" },
      stopSeconds: 1,
      health: { check: { type: "http" as const, port: 8080, path: "/" }, everySeconds: 1 },
    };
  }

  it("answers through the gateway, is updated without a failed request, and leaves nothing behind", async () => {
    const { jobs, url } = world;
    const { escrow, ledger } = jobs.protocol;
    epoch = await ledger.currentEpoch();
    const session = await createSession({ wallet: jobs.developers[0], endpoints: [url] });
    const app = session.createContainerApp({ ...content("one"), class: "MICRO", nodes: 1, epochs: 10 });
    const { jobId } = await app.deploy({ until: "created", pollMs: 50 });
    expect((await ask(jobId))[0]).to.equal(404);

    const assignment = { jobId, sequence: 0, leaving: [], joining: [1], deadline: 2n ** 40n };
    await escrow.assign(assignment, signAssignment(jobs, assignment));
    const first = await until("an answer", async () => {
      const answer = await ask(jobId);
      return answer[0] === 200 ? answer : undefined;
    });
    expect(first).to.deep.equal([200, "one swordfish"]);
    expect(node.work().containers.map(({ state }) => state)).to.deep.equal([ContainerState.RUNNING]);

    await app.update(content("two"));
    const answers = new Set<string>();
    await until("the new version", async () => {
      const [status, text] = await ask(jobId);
      answers.add(`${status} ${text}`);
      return text === "two swordfish" ? true : undefined;
    });
    expect([...answers]).to.have.members(["200 one swordfish", "200 two swordfish"]);

    await app.close();
    // Whoever closes pays for the running epoch and the next.
    epoch = (await ledger.currentEpoch()) + 2n;
    await until("the end", async () => ((await engine.list()).length === 0 ? true : undefined));
    await until("the end of the job", async () => ((await ask(jobId))[0] === 404 ? true : undefined));
    expect(node.work().containers).to.deep.equal([]);
    expect((await escrow.jobOf(jobId)).epochs).to.equal(1n);
  });
});
