import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { VirtualClock } from "../../keepers/core/virtualClock.js";
import { httpProbe } from "../../keepers/oracle/probing/httpProbe.js";
import { deeployRequestDigest } from "../../keepers/protocol/deeployRequest.js";
import { answerTopic, commandTopic, decodeCommand, encodeAnswer } from "../../keepers/protocol/nodeCommand.js";
import { container, createWorld, job } from "../unit/containers/agent/world.js";
import { DeeployWorld, domain, nodeKey, owner, sampleJob } from "../unit/deeploy/world.js";
import { AssigningWorld } from "../unit/oracle/assigning/world.js";

/**
 * Found elsewhere: a paid job that fails is not moved; whatever a node answers counts as success; an update deletes the containers
 * first and creates them again.
 */
describe("finding: a paid job goes on", () => {
  const opened: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of opened.splice(0)) await close();
  });

  it("is moved from a node that fails, which is paid no further", async () => {
    const world = new AssigningWorld({ oracles: 4, nodes: 3 });
    opened.push(() => world.close());
    await world.start();
    world.createJob(1n);
    await world.until(() => world.servers(1n).length === 1, 20);
    const [failing] = world.servers(1n) as [number];
    await world.seconds(30);
    world.node(failing).runsJobs = false; // it is there, beats, and says that the job failed
    await world.until(() => !world.servers(1n).includes(failing), 180);
    expect(world.servers(1n)).to.have.length(1);
    const [, change] = world.transactions;
    expect(change?.assignment.leaving).to.deep.equal([failing]);
  });

  it("a node's refusal is told as one, and so is its silence", async () => {
    const world = new DeeployWorld();
    opened.push(() => world.close());
    world.chain.jobs.set(7n, sampleJob());
    await world.start({ firstAnswerMs: 200 });
    const bus = world.hub.connect(nodeKey.address);
    const error = { code: "NOT_RUNNING", message: "it is stopped" };
    await bus.subscribe(commandTopic(domain.chainId, nodeKey.address), (_topic, payload) => {
      const { request } = decodeCommand(payload);
      const topic = answerTopic(domain.chainId, nodeKey.address, deeployRequestDigest(domain, request));
      void bus.publish(topic, encodeAnswer({ index: 0, last: true, error }), { qos: 1 });
    });
    const [status, body] = await world.outcome(world.signed(owner, "POST", "/jobs/7/restart", { body: {} }));
    const answers = (body as { nodes: { error?: { code: string } }[] }).nodes;
    expect(status).to.equal(200);
    expect(answers.map((answer) => answer.error?.code)).to.deep.equal(["NOT_RUNNING", "NODE_SILENT"]);
  });

  it("an endpoint that answers with an error does not serve", async () => {
    const server = createServer((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const probe = httpProbe({ timeoutMs: 5_000, allowPrivate: true }, { clock: new VirtualClock() });
    opened.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const verdicts = await Promise.all(
      [200, 400, 404, 500, 503].map((code) => probe(`http://127.0.0.1:${port}/${code}`)),
    );
    expect(verdicts).to.deep.equal(["OK", "BAD_STATUS", "BAD_STATUS", "BAD_STATUS", "BAD_STATUS"]);
  });

  it("an update has the new container in good health before the old one ends", async () => {
    const { agent, engine, clock } = createWorld();
    opened.push(() => agent.close());
    const health = { check: { type: "http" as const, port: 80, path: "/" }, startSeconds: 5, everySeconds: 1 };
    agent.start();
    agent.setJobs([job(1n, [container("web", { health })])]);
    await clock.advance(5_000);
    engine.journal.length = 0;
    agent.setJobs([job(1n, [container("web", { health, environment: { VERSION: "2" } })])]);
    for (let step = 0; step < 100; step += 1) {
      await clock.advance(50);
      expect(engine.running).to.include("1/web");
    }
    const steps = engine.journal
      .map((line) => line.split(" ")[0])
      .filter((step) => /^(create|start|stop|remove)$/u.test(step!));
    expect(steps).to.deep.equal(["create", "start", "stop", "remove"]);
  });
});
