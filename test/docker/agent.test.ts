import { expect } from "chai";
import { ContainerAgent, defaultAgentOptions } from "../../keepers/containers/agent/agent.js";
import type { DesiredJob } from "../../keepers/containers/agent/types.js";
import { SystemClock } from "../../keepers/core/clock.js";
import { memoryLogger } from "../../keepers/core/memoryLogger.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { Secret } from "../../keepers/core/secret.js";
import { ContainerState } from "../../keepers/protocol/heartbeat.js";
import { hashJobSpec, type JobSpecInput, parseJobSpec } from "../../keepers/protocol/jobSpec.js";
import { BUSYBOX_IMAGE } from "../helpers/services/docker.js";
import { type DockerFixture, openFixture } from "./fixture.js";

const clock = new SystemClock();
const serve = "mkdir -p /tmp/w && echo $VERSION-$KEY > /tmp/w/index.html && exec httpd -f -p 80 -h /tmp/w";
const limitMs = 60_000;

function web(version: string): JobSpecInput["containers"][number] {
  return {
    name: "web",
    image: BUSYBOX_IMAGE,
    command: ["sh", "-c", serve],
    environment: { VERSION: version },
    secrets: ["KEY"],
    milliCpu: 100,
    memoryMiB: 32,
    publish: [80],
    stopSeconds: 1,
    health: { check: { type: "http", port: 80, path: "/" }, everySeconds: 1 },
  };
}

function job(version: string): DesiredJob {
  const spec = parseJobSpec({
    version: 1,
    name: "shop",
    containers: [web(version)],
    secretsHash: `0x${"77".repeat(32)}`,
  });
  return {
    jobId: 7n,
    assignment: `0x${"07".repeat(32)}`,
    specHash: hashJobSpec(spec),
    spec,
    secrets: new Map([["KEY", new Secret("swordfish")]]),
    allowance: { milliCpu: 500, memoryMiB: 256, diskMiB: 512 },
    seat: 0,
  };
}

describe("container agent on Docker", function () {
  this.timeout(180_000);
  let fixture: DockerFixture;
  let agent: ContainerAgent;

  before(async () => {
    fixture = await openFixture();
  });

  after(async () => {
    await fixture.clean();
    await fixture.stop();
  });

  beforeEach(() => {
    agent = open();
  });

  afterEach(async () => {
    await agent.drain();
    agent.close();
    expect(await fixture.engine.list()).to.deep.equal([]);
  });

  function open(): ContainerAgent {
    const capacity = { milliCpu: 2_000, memoryMiB: 2_048, diskMiB: 4_096 };
    const { hostAddress } = fixture.service;
    const options = { ...defaultAgentOptions, capacity, hostAddress };
    const { logger } = memoryLogger(clock);
    const opened = new ContainerAgent(options, { engine: fixture.engine, clock, random: new CryptoRandom(), logger });
    opened.start();
    return opened;
  }

  async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (const end = clock.now() + limitMs; clock.now() < end;) {
      const found = await look();
      if (found !== undefined) return found;
      await clock.sleep(20);
    }
    throw new Error(`${what} did not come about: ${JSON.stringify(agent.report(7n))}`);
  }

  async function answer(): Promise<string | undefined> {
    const endpoint = agent.endpoint(7n, "web", 80);
    if (endpoint === undefined) return undefined;
    return fetch(`http://${endpoint.host}:${endpoint.port}/`)
      .then((response) => response.text())
      .catch(() => undefined);
  }

  const answers = (text: string): Promise<true> =>
    until(`the answer ${text}`, async () => ((await answer())?.trim() === text ? true : undefined));

  const isRunning = (): Promise<true> =>
    until("good health", () => (agent.reports()[0]?.state === ContainerState.RUNNING ? true : undefined));

  it("serves what it was given, and starts it again when it was killed", async () => {
    agent.setJobs([job("one")]);
    await answers("one-swordfish");
    await isRunning();
    const { id } = (await fixture.engine.list())[0]!;
    await fixture.service.docker.getContainer(id).kill();
    await until("the end", () => (agent.report(7n)?.containers[0]?.failures === 1 ? true : undefined));
    await answers("one-swordfish");
  });

  it("replaces it without a moment in which nobody answers", async () => {
    agent.setJobs([job("one")]);
    await answers("one-swordfish");
    await isRunning();
    agent.setJobs([job("two")]);
    const heard: (string | undefined)[] = [];
    await until("the second version", async () => {
      heard.push((await answer())?.trim());
      return heard.at(-1) === "two-swordfish" ? true : undefined;
    });
    expect(new Set(heard)).to.deep.equal(new Set(["one-swordfish", "two-swordfish"]));
    await until("the first one's end", async () => ((await fixture.engine.list()).length === 1 ? true : undefined));
  });

  it("goes on with what it finds after a restart of its own", async () => {
    agent.setJobs([job("one")]);
    await isRunning();
    const before = await fixture.engine.list();
    agent.close();
    agent = open();
    agent.setJobs([job("one")]);
    await isRunning();
    expect(await fixture.engine.list()).to.deep.equal(before);
  });

  it("brings everything back when the daemon was restarted", async () => {
    agent.setJobs([job("one")]);
    await isRunning();
    await fixture.service.pause();
    await fixture.service.resume();
    await answers("one-swordfish");
    await isRunning();
  });
});
