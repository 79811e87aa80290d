import { expect } from "chai";
import { DockerEngine } from "../../keepers/containers/docker/dockerEngine.js";
import type { EngineContainer } from "../../keepers/containers/engine.js";
import { SystemClock } from "../../keepers/core/clock.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { BUSYBOX_IMAGE } from "../helpers/services/docker.js";
import { all, codeOf, exitOf, linesOf } from "../unit/containers/engineHelpers.js";
import { IDLE, NODE, openFixture, PLAIN, type DockerFixture } from "./fixture.js";

const MIB = 2 ** 20;
const LOG_MIB = 2;

describe("containers that behave badly", () => {
  let fixture: DockerFixture;

  before(async () => {
    fixture = await openFixture({ diskWatchMs: 200, logMiB: LOG_MIB });
  });
  afterEach(() => fixture.clean());
  after(() => fixture.stop());

  it("fork until they may have no more processes, and harm nobody else", async () => {
    const bomb = "bomb() { bomb | bomb & }; bomb 2>/dev/null & exec sleep 1000";
    const id = await fixture.run(bomb, { processes: 20, memoryMiB: 64 });
    const { service, engine } = fixture;
    const { output } = await service.engine.host("sh", "-c", `cat $(find /sys/fs/cgroup -path '*${id}/pids.max')`);
    expect(output).to.equal("20");
    const neighbour = await fixture.run(IDLE, { container: "neighbour" });
    expect(await engine.run(neighbour, ["true"], 20_000)).to.include({ code: 0 });
    await engine.remove(id);
  });

  it("are ended for what they wrote, with the reason", async () => {
    const id = await fixture.run("dd if=/dev/zero of=/big bs=1M count=24 2>/dev/null; exec sleep 1000", {
      diskMiB: 16,
    });
    expect(await exitOf(fixture.engine, id)).to.include({ code: 137, reason: "disk-full" });
    expect((await fixture.engine.inspect(id))?.diskMiB).to.be.above(16);
  });

  it("may write as much as they are given", async () => {
    const write = "dd if=/dev/zero of=/big bs=1M count=8 2>/dev/null; echo written; exec sleep 1000";
    const id = await fixture.run(write, { diskMiB: 16 });
    await linesOf(fixture.engine, id, ({ length }) => length === 1);
    let status = await fixture.engine.inspect(id);
    while (status?.diskMiB === 0) status = await fixture.engine.inspect(id);
    expect(status).to.include({ state: "running", diskMiB: 8 });
  });

  it("use up their memory, and are ended with the reason", async () => {
    const id = await fixture.run("exec tail /dev/zero", { memoryMiB: 16 });
    expect(await exitOf(fixture.engine, id)).to.include({ code: 137, reason: "out-of-memory" });
  });

  it("write logs without end, of which the newest are kept within bounds", async () => {
    const flood = `yes "$(printf %01000d 0)" | head -c ${8 * MIB}; echo; echo last; ${IDLE}`;
    const id = await fixture.run(flood, { milliCpu: 1_000 });
    // Old daemons lose their way when they follow a log that is rotated in a hurry.
    let newest: string | undefined;
    while (newest !== "last") [newest] = (await all(fixture.engine.logs(id, { tail: 1 }))).map(({ text }) => text);
    const { LogPath: path } = await fixture.service.docker.getContainer(id).inspect();
    expect(path).to.equal("");
    const folder = `$(find / -path '*/containers/${id}/local-logs' 2>/dev/null | head -1)`;
    const { output } = await fixture.service.engine.host("sh", "-c", `du -sb ${folder} | cut -f1`);
    expect(Number(output)).to.be.within(1, LOG_MIB * MIB + 65_536);
  });

  it("write lines that are cut", async () => {
    const id = await fixture.run("head -c 40000 /dev/zero | tr '\\0' x; echo; echo next; exec sleep 1000");
    const lines = await linesOf(fixture.engine, id, ({ length }) => length === 2);
    expect(lines.map(({ text }) => [text.length, text.slice(0, 4)])).to.deep.equal([
      [16_384, "xxxx"],
      [4, "next"],
    ]);
  });

  it("run commands that do not end, or say too much", async () => {
    const id = await fixture.run(IDLE);
    const late = await fixture.engine.run(id, ["sh", "-c", "echo begun; exec sleep 1000"], 500);
    expect(late).to.deep.equal({ code: 124, output: "begun\n" });
    const much = await fixture.engine.run(id, ["sh", "-c", "yes | head -c 200000; exit 5"], 20_000);
    expect([much.code, much.output.length]).to.deep.equal([5, 65_536]);
    expect(await fixture.engine.run(id, ["/nothing"], 20_000))
      .to.have.property("code")
      .that.is.within(126, 127);
  });

  it("name a command that their image does not have", async () => {
    const id = await fixture.run("", { command: ["/nothing"] });
    expect(await exitOf(fixture.engine, id)).to.include({ code: 127 });
  });

  it("want GPUs that the host does not have", async () => {
    expect(await codeOf(fixture.run(IDLE, { gpus: 1 }))).to.equal("CONTAINER_REFUSED");
  });

  it("meet nothing and change nothing that this node did not make", async () => {
    const { docker } = fixture.service;
    const foreign = await docker.createContainer({ Image: BUSYBOX_IMAGE, Cmd: ["sleep", "1000"], name: "foreign" });
    await foreign.start();
    await docker.createVolume({ Name: "foreign" });
    await docker.createNetwork({ Name: "foreign" });
    await fixture.run(IDLE);
    expect(await fixture.engine.list()).to.have.length(1);
    expect(await fixture.engine.inspect(foreign.id)).to.equal(undefined);
    expect(await fixture.engine.inspect("foreign")).to.equal(undefined);
    await fixture.engine.stop(foreign.id, 1);
    await fixture.engine.remove(foreign.id);
    await fixture.engine.remove("foreign");
    await fixture.clean();
    expect((await foreign.inspect()).State.Running).to.equal(true);
    expect((await docker.listVolumes()).Volumes.map(({ Name: name }) => name)).to.deep.equal(["foreign"]);
    expect((await docker.listNetworks()).map(({ Name: name }) => name)).to.include("foreign");
    expect((await docker.listNetworks()).filter(({ Name: name }) => name.startsWith("r1-"))).to.deep.equal([]);
    await foreign.remove({ force: true });
    await docker.getVolume("foreign").remove();
  });

  it("are found again by the node's next process", async () => {
    const id = await fixture.run(IDLE, { generation: 6, publish: [80] });
    const before = await fixture.engine.inspect(id);
    const { options, host } = fixture.service.engine;
    const next = new DockerEngine(
      { ...options, node: NODE },
      { clock: new SystemClock(), random: new CryptoRandom(), host },
    );
    expect(await next.list()).to.deep.equal(await fixture.engine.list());
    expect(await next.inspect(id)).to.deep.equal(before);
    await next.close();
  });

  it("are many jobs, each with a network of its own", async () => {
    const jobs = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    for (const job of jobs) await fixture.engine.ensureNetwork(job);
    const networks = await fixture.service.docker.listNetworks();
    expect(networks.filter(({ Name: name }) => name.includes("many-"))).to.have.length(20);
    for (const job of jobs) await fixture.engine.removeNetwork(job);
  });

  describe("where volumes cannot have a size of their own", () => {
    it("are ended when they fill one", async () => {
      const { options, host } = fixture.service.engine;
      const without: typeof host = async (program, ...args) =>
        program === "losetup" ? { code: 1, output: "no loop devices here" } : host(program, ...args);
      const dependencies = { clock: new SystemClock(), random: new CryptoRandom(), host: without };
      const engine = new DockerEngine({ ...options, node: `0x${"cc".repeat(20)}`, diskWatchMs: 100 }, dependencies);
      await engine.ensureNetwork("9");
      await engine.ensureVolume("9", "data", 8);
      const fill = "dd if=/dev/zero of=/data/big bs=1M count=12 2>/dev/null; exec sleep 1000";
      const volumes = [{ name: "data", path: "/data", readOnly: false }];
      const container: EngineContainer = { ...PLAIN, job: "9", command: ["sh", "-c", fill], volumes };
      const id = await engine.create(container);
      await engine.start(id);
      expect(await exitOf(engine, id)).to.include({ code: 137 });
      await engine.remove(id);
      await engine.removeVolumes("9");
      await engine.removeNetwork("9");
      await engine.close();
    });
  });
});
