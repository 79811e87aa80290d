import { expect } from "chai";
import { ContainerState } from "../../../../keepers/protocol/heartbeat.js";
import { container, createWorld, job, type World } from "./world.js";

const health = { check: { type: "http" as const, port: 80, path: "/" }, startSeconds: 5, everySeconds: 1 };
const minute = 60_000;

describe("rolling updates", () => {
  let world: World;

  beforeEach(() => {
    world = createWorld();
  });

  afterEach(() => {
    world.agent.close();
  });

  const state = (): number | undefined => world.agent.reports()[0]?.state;
  const steps = (): string[] => world.engine.journal.filter((line) => /^(create|start|stop|remove) /u.test(line));

  async function running(...containers: Parameters<typeof job>[1] & object): Promise<void> {
    world.agent.start();
    world.agent.setJobs([job(1n, containers)]);
    await world.clock.advance(5_000);
    expect(state()).to.equal(ContainerState.RUNNING);
    world.engine.journal.length = 0;
  }

  it("serve at every moment, and replace only what changed", async () => {
    const { agent, engine, clock } = world;
    await running(container("web", { health }), container("log"));
    agent.setJobs([job(1n, [container("web", { health, environment: { VERSION: "2" } }), container("log")])]);
    let fewest = 9;
    for (let step = 0; step < 200; step += 1) {
      await clock.advance(50);
      fewest = Math.min(fewest, engine.running.filter((name) => name === "1/web").length);
      expect(state()).to.equal(ContainerState.RUNNING);
    }
    expect(fewest).to.equal(1);
    expect(steps()).to.deep.equal(["create 1/web", "start 1/web", "stop 1/web", "remove 1/web"]);
    expect(engine.made(engine.all.find((each) => each.container === "web")!.id).environment["VERSION"]).to.equal("2");
  });

  it("keep the old generation when the new one never becomes healthy", async () => {
    const { agent, engine, clock, probes } = world;
    await running(container("web", { health }));
    probes.hosts.set("10.0.0.1", true);
    probes.good = false;
    agent.setJobs([job(1n, [container("web", { health, environment: { VERSION: "broken" } })])]);
    await clock.advance(30 * minute);
    expect(engine.running).to.include("1/web");
    expect(engine.all.find(({ id }) => id === "c1")?.state).to.equal("running");
    expect(state()).to.equal(ContainerState.RUNNING);
    expect(agent.report(1n)?.containers[0]?.failures).to.be.above(3);
    agent.setJobs([job(1n, [container("web", { health })])]);
    await clock.advance(minute);
    expect(engine.all.map(({ id }) => id)).to.deep.equal(["c1"]);
  });

  it("begin on each node of a job later than on the one before it", async () => {
    const { agent, engine, clock } = world;
    agent.start();
    const [one, two] = ["1", "2"].map((VERSION) =>
      job(1n, [container("web", { environment: { VERSION } })], { seat: 2 }),
    );
    agent.setJobs([one!]);
    await clock.advance(5_000);
    const before = engine.journal.length;
    agent.setJobs([two!]);
    await clock.advance(59_000);
    expect(engine.journal.slice(before).filter((line) => line.startsWith("create"))).to.deep.equal([]);
    await clock.advance(2_000);
    expect(engine.journal.slice(before)).to.include("create 1/web");
  });

  it("do not wait with what ended by itself, nor hold its failures against the next generation", async () => {
    const { agent, engine, clock } = world;
    agent.start();
    const [one, two] = ["1", "2"].map((VERSION) =>
      job(1n, [container("web", { environment: { VERSION } })], { seat: 2 }),
    );
    agent.setJobs([one!]);
    await clock.advance(5_000);
    agent.setJobs([two!]);
    await clock.advance(1_000);
    engine.crash("web");
    await clock.advance(500);
    expect(engine.made(engine.all[0]!.id).environment["VERSION"]).to.equal("2");
    expect(agent.report(1n)?.containers[0]).to.deep.equal({ name: "web", state: "RUNNING", failures: 0 });
  });

  it("end the old container first when both would write to one volume", async () => {
    const { agent, clock } = world;
    const mount = { volumes: [{ name: "data", path: "/data" }] };
    const volumes = [{ name: "data", sizeMiB: 8 }];
    agent.start();
    agent.setJobs([job(1n, [container("db", mount)], { volumes })]);
    await clock.advance(5_000);
    world.engine.journal.length = 0;
    agent.setJobs([job(1n, [container("db", { ...mount, environment: { VERSION: "2" } })], { volumes })]);
    await clock.advance(5_000);
    expect(steps()).to.deep.equal(["stop 1/db", "remove 1/db", "create 1/db", "start 1/db"]);
  });

  it("end it first, too, when the node has nothing to spare", async () => {
    world = createWorld({ capacity: { milliCpu: 1_000, memoryMiB: 1_024, diskMiB: 4_096 } });
    await running(container("web", { milliCpu: 900 }));
    world.agent.setJobs([job(1n, [container("web", { milliCpu: 900, environment: { VERSION: "2" } })])]);
    await world.clock.advance(5_000);
    expect(steps()[0]).to.equal("stop 1/web");
    expect(world.engine.running).to.deep.equal(["1/web"]);
  });

  it("follow when the image's name points at another image, and not when the registry is away", async () => {
    const { engine, clock } = world;
    await running(container("web", { updateSeconds: 60 }));
    await clock.advance(3 * minute);
    expect(steps()).to.deep.equal([]);
    engine.images.delete("app");
    engine.journal.length = 0;
    await clock.advance(3 * minute);
    expect(engine.journal).to.deep.equal(Array(3).fill("pull always app"));
    expect(state()).to.equal(ContainerState.RUNNING);
    expect(steps()).to.deep.equal([]);
    engine.images.set("app", "sha256:app-2");
    await clock.advance(2 * minute);
    expect(steps()).to.deep.equal(["create 1/web", "start 1/web", "stop 1/web", "remove 1/web"]);
    expect(engine.made(engine.all[0]!.id).image).to.equal("sha256:app-2");
  });

  it("leave a container alone when only how it is checked changed, and check it so from then on", async () => {
    const { agent, clock, probes } = world;
    await running(container("web", { health }));
    const asked = probes.asked;
    agent.setJobs([job(1n, [container("web", { health: { ...health, everySeconds: 600 } })])]);
    await clock.advance(5 * minute);
    expect(steps()).to.deep.equal([]);
    expect(probes.asked - asked).to.be.below(5);
  });

  it("start a worker again when its repository has a new commit", async () => {
    const { engine, clock } = world;
    const commits = ["1", "2"].map((digit) => digit.repeat(40));
    let head = commits[0]!;
    engine.commandResult = () => ({ code: 0, output: `${commits[0]}\n${head}\trefs/heads/main\n` });
    const worker = { repository: "https://example.org/r.git", ref: "main", command: ["run"], pollSeconds: 60 };
    await running(container("worker", { worker }));
    expect(engine.made("c1").command?.slice(-3)).to.deep.equal(["https://example.org/r.git", "main", "run"]);
    await clock.advance(5 * minute);
    expect(steps()).to.deep.equal([]);
    head = commits[1]!;
    await clock.advance(61_000);
    expect(steps()).to.deep.equal(["stop 1/worker", "start 1/worker"]);
  });

  it("get the registry's credentials from the secrets", async () => {
    const { agent, engine, clock } = world;
    engine.images.set("registry.local:5000/app", "sha256:private");
    const wanted = job(1n, [container("web", { image: "registry.local:5000/app", secrets: ["PASSWORD"] })]);
    const registries = [{ server: "registry.local:5000", username: "me", password: "PASSWORD" }];
    agent.start();
    agent.setJobs([{ ...wanted, spec: { ...wanted.spec, registries } }]);
    await clock.advance(1_000);
    expect(engine.auths[0]).to.include({ server: "registry.local:5000", username: "me" });
    expect(engine.auths[0]?.password.reveal()).to.equal("value of PASSWORD");
  });
});
