import { expect } from "chai";
import type { Endpoint, Publisher } from "../../../../keepers/containers/agent/types.js";
import type { DesiredJob } from "../../../../keepers/containers/agent/types.js";
import { container, createWorld, job, type World } from "./world.js";

const health = { check: { type: "http" as const, port: 80, path: "/" }, startSeconds: 5, everySeconds: 1 };

/** Notes what it is told among what is asked of the engine; requests under way end when the test says so. */
class Notebook implements Publisher {
  journal: string[] = [];
  isBusy = false;
  targets: (Endpoint | undefined)[] = [];
  #release: () => void = () => undefined;

  async publish(jobId: bigint, name: string, target: Endpoint | undefined): Promise<void> {
    this.journal.push(`publish ${jobId} ${name} ${target === undefined ? "nowhere" : "somewhere"}`);
    this.targets.push(target);
    await this.#drain();
  }

  async withdraw(jobId: bigint): Promise<void> {
    this.journal.push(`withdraw ${jobId}`);
    await this.#drain();
  }

  release(): void {
    this.#release();
  }

  #drain(): Promise<void> {
    return this.isBusy ? new Promise((resolve) => (this.#release = resolve)) : Promise.resolve();
  }
}

function shop(version: string, more: Partial<DesiredJob> & { readonly port?: number } = {}): DesiredJob {
  const { port = 80, ...rest } = more;
  const web = container("web", { health, environment: { VERSION: version } });
  return job(1n, [web], { ...rest, ingress: { container: "web", port } });
}

describe("publication of a job", () => {
  let world: World;
  let notebook: Notebook;

  beforeEach(() => {
    notebook = new Notebook();
    world = createWorld({}, notebook);
    world.engine.journal.push = (...lines) => notebook.journal.push(...lines);
  });

  afterEach(() => {
    notebook.release();
    world.agent.close();
  });

  const told = (): string[] => notebook.journal.filter((line) => /^(publish|withdraw|start|stop|remove) /u.test(line));

  async function serving(first: DesiredJob): Promise<void> {
    world.agent.start();
    world.agent.setJobs([first]);
    await world.clock.advance(5_000);
  }

  it("leads nowhere before a container is in good health, and then to its port", async () => {
    world.probes.good = false;
    await serving(shop("1"));
    expect(told()).to.deep.equal(["publish 1 job-1 nowhere", "start 1/web"]);
    world.probes.good = true;
    await world.clock.advance(2_000);
    expect(told().at(-1)).to.equal("publish 1 job-1 somewhere");
    expect(notebook.targets.at(-1)).to.deep.equal(world.agent.endpoint(1n, "web", 80));
  });

  it("leads to the next generation before the one before ends, which waits for requests under way", async () => {
    await serving(shop("1"));
    const [before] = notebook.targets.slice(-1);
    notebook.journal.length = 0;
    notebook.isBusy = true;
    world.agent.setJobs([shop("2")]);
    await world.clock.advance(30_000);
    expect(told()).to.deep.equal(["start 1/web", "publish 1 job-1 somewhere"]);
    expect(notebook.targets.at(-1)).to.not.deep.equal(before);
    notebook.release();
    await world.clock.advance(5_000);
    expect(told().slice(2)).to.deep.equal(["stop 1/web", "remove 1/web"]);
  });

  it("leads away from what is restarted, stopped or ended, before that happens", async () => {
    await serving(shop("1"));
    notebook.journal.length = 0;
    world.agent.restart(1n);
    await world.clock.advance(5_000);
    const restarted = ["publish 1 job-1 nowhere", "stop 1/web", "start 1/web", "publish 1 job-1 somewhere"];
    expect(told()).to.deep.equal(restarted);
    world.agent.setJobs([shop("1")], { stopped: new Set([1n]) });
    await world.clock.advance(5_000);
    expect(told().slice(4)).to.deep.equal(["publish 1 job-1 nowhere", "stop 1/web"]);
    world.agent.setJobs([]);
    await world.clock.advance(5_000);
    expect(told().slice(6)).to.deep.equal(["withdraw 1", "remove 1/web"]);
  });

  it("leads nowhere as soon as a container ended by itself", async () => {
    await serving(shop("1"));
    notebook.journal.length = 0;
    world.engine.crash("web");
    await world.clock.advance(0);
    expect(told()).to.deep.equal(["publish 1 job-1 nowhere"]);
  });

  it("is of the port that the specification names now, for which the container is made anew", async () => {
    await serving(shop("1"));
    world.agent.setJobs([shop("1", { port: 81 })]);
    await world.clock.advance(30_000);
    expect(notebook.targets.at(-1)).to.not.equal(undefined);
    expect(notebook.targets.at(-1)).to.deep.equal(world.agent.endpoint(1n, "web", 81));
    world.agent.setJobs([job(1n, [container("web", { health, environment: { VERSION: "1" } })])]);
    await world.clock.advance(30_000);
    expect(told()).to.include("withdraw 1");
  });

  it("of a publisher that fails holds nothing up", async () => {
    notebook.withdraw = () => Promise.reject(new Error("no such route"));
    await serving(shop("1"));
    world.agent.setJobs([]);
    await world.clock.advance(5_000);
    expect(world.engine.all).to.deep.equal([]);
    expect(world.entries.map(({ msg }) => msg)).to.include("a job could not be published");
  });
});
