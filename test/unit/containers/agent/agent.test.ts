import { expect } from "chai";
import { ContainerState } from "../../../../keepers/protocol/heartbeat.js";
import { container, createWorld, job, type World } from "./world.js";

const { STARTING, RUNNING, UNHEALTHY, STOPPED, FAILED, UNKNOWN } = ContainerState;
const minute = 60_000;

describe("container agent", () => {
  let world: World;

  beforeEach(() => {
    world = createWorld();
  });

  afterEach(() => {
    world.agent.close();
  });

  const state = (): number | undefined => world.agent.reports()[0]?.state;

  it("runs a job, and takes away every trace of it", async () => {
    const { agent, engine, clock } = world;
    agent.start();
    const wanted = job(1n, [container("web", { volumes: [{ name: "data", path: "/data" }] })], {
      volumes: [{ name: "data", sizeMiB: 8 }],
    });
    agent.setJobs([wanted]);
    expect(state()).to.equal(UNKNOWN);
    await clock.advance(1_000);
    expect(engine.running).to.deep.equal(["1/web"]);
    expect(agent.reports()).to.deep.equal([{ assignment: wanted.assignment, state: RUNNING }]);
    expect([...engine.volumes]).to.deep.equal([["1/data", 8]]);
    agent.setJobs([]);
    await clock.advance(1_000);
    expect([engine.all.length, engine.networks.size, engine.volumes.size]).to.deep.equal([0, 0, 0]);
    expect(agent.reports()).to.deep.equal([]);
    await agent.drain();
  });

  it("starts containers in order, each when those before it are healthy, and stops them in reverse", async () => {
    const { agent, engine, clock, probes } = world;
    const health = { check: { type: "tcp" as const, port: 1 } };
    agent.start();
    agent.setJobs([job(1n, [container("db", { health }), container("api", { after: ["db"] }), container("log")])]);
    probes.good = false;
    await clock.advance(5_000);
    expect(engine.running).to.deep.equal(["1/db", "1/log"]);
    expect(state()).to.equal(STARTING);
    probes.good = true;
    await clock.advance(10_000);
    expect(engine.running).to.have.members(["1/db", "1/log", "1/api"]);
    expect(state()).to.equal(RUNNING);
    engine.journal.length = 0;
    agent.setJobs([]);
    await clock.advance(1_000);
    expect(engine.journal.filter((line) => line.startsWith("stop"))).to.deep.equal([
      "stop 1/log",
      "stop 1/api",
      "stop 1/db",
    ]);
  });

  it("starts a container that crashes again with growing waits, and forgets the failures after a stable time", async () => {
    const { agent, engine, clock } = world;
    engine.behaviours.set("sha256:app-1", { endsAfterMs: 100, code: 7 });
    agent.start();
    agent.setJobs([job(1n)]);
    const starts: number[] = [];
    engine.onStart = () => starts.push(clock.now());
    await clock.advance(60 * minute);
    const gaps = starts.slice(1).map((at, index) => at - starts[index]!);
    expect(starts.length).to.be.within(12, 30);
    expect(Math.max(...gaps)).to.be.within(150_000, 301_000);
    expect(gaps[0]).to.be.within(500, 1_200);
    expect(state()).to.equal(FAILED);
    expect(agent.report(1n)?.reason).to.equal("it ended with code 7");

    engine.behaviours.clear();
    await clock.advance(6 * minute);
    expect(state()).to.equal(RUNNING);
    await clock.advance(10 * minute);
    engine.crash("web");
    const crashed = clock.now();
    await clock.advance(2_000);
    expect(starts.at(-1)! - crashed).to.be.within(1, 1_001);
  });

  it("restarts as the policy says", async () => {
    const { agent, engine, clock } = world;
    engine.images.set("once", "sha256:once");
    engine.images.set("bad", "sha256:bad");
    engine.behaviours.set("sha256:once", { endsAfterMs: 10, code: 0 });
    engine.behaviours.set("sha256:bad", { endsAfterMs: 10, code: 1 });
    agent.start();
    agent.setJobs([
      job(1n, [container("a", { image: "once", restart: "on-failure" })]),
      job(2n, [container("a", { image: "bad", restart: "never" })]),
      job(3n, [container("a", { image: "once", restart: "always" })]),
      job(4n, [container("init", { image: "once", restart: "never" }), container("web", { after: ["init"] })]),
    ]);
    await clock.advance(10_000);
    const count = (id: number): number => engine.journal.filter((line) => line === `start ${id}/a`).length;
    expect([count(1), count(2)]).to.deep.equal([1, 1]);
    expect(count(3)).to.be.above(2);
    expect(engine.running).to.include("4/web");
    const states = new Map(agent.reports().map((each) => [BigInt(each.assignment), each.state]));
    expect([states.get(1n), states.get(2n), states.get(4n)]).to.deep.equal([RUNNING, FAILED, RUNNING]);
    expect(states.get(3n)).to.be.oneOf([UNHEALTHY, FAILED]);
  });

  it("ends what never becomes healthy, and tries it again with growing waits", async () => {
    const { agent, engine, clock, probes } = world;
    probes.good = false;
    const health = { check: { type: "http" as const, port: 80, path: "/" }, startSeconds: 10 };
    agent.start();
    agent.setJobs([job(1n, [container("web", { health })])]);
    await clock.advance(10_000);
    expect(state()).to.equal(STARTING);
    await clock.advance(30_000);
    expect(state()).to.equal(UNHEALTHY);
    await clock.advance(30 * minute);
    expect(state()).to.equal(FAILED);
    expect(agent.report(1n)?.containers[0]).to.include({ name: "web", reason: "its health check failed" });
    expect(engine.journal.filter((line) => line === "start 1/web").length).to.be.within(6, 15);
    probes.good = true;
    await clock.advance(6 * minute);
    expect(state()).to.equal(RUNNING);
  });

  it("asks again for an image that does not exist, says so, and runs it once it is there", async () => {
    const { agent, engine, clock } = world;
    agent.start();
    agent.setJobs([job(1n, [container("web", { image: "later" })])]);
    await clock.advance(10 * minute);
    expect(state()).to.equal(FAILED);
    expect(agent.report(1n)?.reason).to.contain("there is no image later");
    const pulls = engine.journal.filter((line) => line.startsWith("pull")).length;
    expect(pulls).to.be.within(6, 12);
    engine.images.set("later", "sha256:later");
    await clock.advance(6 * minute);
    expect(state()).to.equal(RUNNING);
  });

  it("makes a container that filled its disk anew", async () => {
    const { agent, engine, clock } = world;
    agent.start();
    agent.setJobs([job(1n)]);
    await clock.advance(1_000);
    engine.crash("web", 137, "disk-full");
    await clock.advance(2_000);
    expect(engine.journal.slice(-3)).to.deep.equal(["remove 1/web", "create 1/web", "start 1/web"]);
    expect(agent.report(1n)?.containers[0]?.failures).to.equal(1);
  });

  it("gives a container that ignores SIGTERM its time, and no more", async () => {
    const { agent, engine, clock } = world;
    engine.behaviours.set("sha256:app-1", { isDeaf: true });
    agent.start();
    agent.setJobs([job(1n, [container("web", { stopSeconds: 20 })])]);
    await clock.advance(1_000);
    agent.setJobs([]);
    await clock.advance(19_000);
    expect(engine.running).to.deep.equal(["1/web"]);
    await clock.advance(2_000);
    expect(engine.all).to.deep.equal([]);
  });

  it("goes on with containers that it finds running, after a restart of the process", async () => {
    const { engine, clock } = world;
    const wanted = job(1n, [container("web", { secrets: ["KEY"] })]);
    world.agent.start();
    world.agent.setJobs([wanted]);
    await clock.advance(1_000);
    const journal = engine.journal.length;
    const again = world.again();
    again.start();
    await clock.advance(minute);
    again.setJobs([wanted]);
    await clock.advance(10 * minute);
    expect(engine.journal.slice(journal)).to.deep.equal([]);
    expect(state()).to.equal(RUNNING);
  });

  it("takes away what it finds of jobs that it has no more, once it knows its jobs and not before", async () => {
    const { engine, clock } = world;
    world.agent.start();
    world.agent.setJobs([job(1n), job(2n)]);
    await clock.advance(1_000);
    const again = world.again();
    again.start();
    await clock.advance(10 * minute);
    expect(engine.running).to.have.members(["1/web", "2/web"]);
    again.setJobs([job(2n)]);
    await clock.advance(1_000);
    expect(engine.running).to.deep.equal(["2/web"]);
    expect([...engine.networks]).to.deep.equal(["2"]);
  });

  it("tells that it knows nothing while the daemon is away, and starts again what died with it, at once", async () => {
    const { agent, engine, clock } = world;
    agent.start();
    agent.setJobs([
      job(1n),
      job(2n, [container("worker", { restart: "on-failure" })]),
      job(3n, [container("once", { restart: "never" })]),
    ]);
    await clock.advance(1_000);
    engine.loseEverything(0);
    await clock.advance(2 * minute);
    expect(agent.reports().map((each) => each.state)).to.deep.equal([UNKNOWN, UNKNOWN, UNKNOWN]);
    const starts = engine.journal.filter((line) => line.startsWith("start")).length;
    engine.comeBack();
    await clock.advance(15_000);
    expect(engine.running).to.have.members(["1/web", "2/worker"]);
    expect(engine.journal.filter((line) => line.startsWith("start")).length).to.equal(starts + 2);
    expect(agent.report(1n)?.containers[0]?.failures).to.equal(0);
  });

  it("stops, starts and restarts as its owner asks", async () => {
    const { agent, engine, clock } = world;
    const wanted = job(1n, [container("web"), container("log")]);
    agent.start();
    agent.setJobs([wanted]);
    await clock.advance(1_000);
    expect(agent.restart(1n, "log")).to.equal(true);
    await clock.advance(1_000);
    expect(engine.journal.slice(-2)).to.deep.equal(["stop 1/log", "start 1/log"]);
    expect(agent.report(1n)?.containers.map(({ failures }) => failures)).to.deep.equal([0, 0]);
    agent.setJobs([wanted], { stopped: new Set([1n]) });
    await clock.advance(1_000);
    expect(engine.running).to.deep.equal([]);
    expect(state()).to.equal(STOPPED);
    expect(agent.restart(1n)).to.equal(false);
    await clock.advance(10 * minute);
    expect(engine.running).to.deep.equal([]);
    agent.setJobs([wanted]);
    await clock.advance(1_000);
    expect(engine.running).to.have.members(["1/web", "1/log"]);
  });

  it("hands secrets to the environment and to the registry, and says them nowhere", async () => {
    const { agent, engine, clock, entries } = world;
    engine.faults.set("create", "CONTAINER_REFUSED");
    agent.start();
    agent.setJobs([job(1n, [container("web", { secrets: ["KEY"], environment: { MODE: "fast" } })])]);
    await clock.advance(5_000);
    const { environment } = engine.made(engine.all[0]!.id);
    expect(environment["MODE"]).to.equal("fast");
    expect(String(environment["KEY"])).to.equal("[secret]");
    expect((environment["KEY"] as { reveal(): string }).reveal()).to.equal("value of KEY");
    expect(JSON.stringify([entries, agent.report(1n), engine.journal])).to.not.contain("value of KEY");
  });

  it("finds its way when the engine is not as it was thought to be", async () => {
    const { agent, engine, clock } = world;
    agent.start();
    agent.setJobs([job(1n)]);
    await clock.advance(1_000);
    await engine.remove(engine.all[0]!.id);
    await clock.advance(2 * minute);
    expect(engine.running).to.deep.equal(["1/web"]);
    engine.faults.set("start", "CONTAINER_NOT_FOUND");
    engine.crash("web");
    await clock.advance(2 * minute);
    expect(engine.running).to.deep.equal(["1/web"]);
  });

  it("believes no list that is older than what it did", async () => {
    const { agent, engine, clock } = world;
    engine.listMs = 50;
    agent.start();
    agent.setJobs([job(1n)]);
    await clock.advance(55);
    agent.setJobs([job(1n), job(2n)]);
    await clock.advance(1_000);
    expect(engine.journal.filter((line) => line === "create 1/web")).to.have.length(1);
    expect(engine.running).to.have.members(["1/web", "2/web"]);
  });

  it("gives the port of the host under which a published port is reached, also for two jobs that publish the same", async () => {
    const { agent, clock } = world;
    agent.start();
    agent.setJobs([job(1n, [container("web", { publish: [80] })]), job(2n, [container("web", { publish: [80] })])]);
    expect(agent.endpoint(1n, "web", 80)).to.equal(undefined);
    await clock.advance(1_000);
    const ports = [agent.endpoint(1n, "web", 80)?.port, agent.endpoint(2n, "web", 80)?.port];
    expect(new Set(ports).size).to.equal(2);
    expect(agent.endpoint(1n, "web", 81)).to.equal(undefined);
  });

  it("leaves no timer behind", async () => {
    const { agent, clock } = world;
    agent.start();
    agent.setJobs([job(1n, [container("web", { health: { check: { type: "tcp", port: 1 } }, updateSeconds: 60 })])]);
    await clock.advance(5_000);
    agent.close();
    agent.close();
    await clock.advance(0);
    expect(clock.pending).to.equal(0);
  });
});
