import { expect } from "chai";
import { cageOf } from "../../keepers/containers/docker/cage.js";
import { type EngineContainer } from "../../keepers/containers/engine.js";
import { errorCode } from "../../keepers/core/errors.js";
import { MemoryDisk } from "../../keepers/core/memoryDisk.js";
import { Secret } from "../../keepers/core/secret.js";
import { BlobStore } from "../../keepers/deeploy/stores/blobStore.js";
import { JobSpecError, parseJobSpec } from "../../keepers/protocol/jobSpec.js";
import { container, createWorld, job } from "../unit/containers/agent/world.js";

const PATHS = ["../web", "..", "a/b", "/etc/passwd", "a\0b", "web\\..\\x", "Web", ""];

/**
 * Found elsewhere: containers without a limit of processes, dropped capabilities or seccomp; the environment logged at start; file
 * names out of metadata joined to paths.
 */
describe("finding: a container is in a cage", () => {
  const plain: EngineContainer = {
    ...{ job: "1", container: "web", specHash: `0x${"00".repeat(32)}`, generation: 1, image: "app" },
    ...{ environment: { KEY: new Secret("hunter2") }, publish: [8080], volumes: [], readOnlyRoot: false },
    ...{ milliCpu: 100, memoryMiB: 64, diskMiB: 100, processes: 64, gpus: 0 },
  };
  const options = { node: `0x${"11".repeat(20)}`, hostAddress: "127.0.0.1", logMiB: 2, declaredVolumes: [] };

  it("with a bound of processes, no capabilities, no new privileges, and the daemon's seccomp filter", () => {
    const { HostConfig: cage, User: user } = cageOf(plain, options);
    expect(cage?.PidsLimit).to.equal(64);
    expect(cage?.CapDrop).to.deep.equal(["ALL"]);
    expect(cage?.CapAdd).to.equal(undefined);
    expect(cage?.SecurityOpt).to.deep.equal(["no-new-privileges"]); // nothing says seccomp=unconfined
    expect(cage?.Privileged).to.equal(false);
    expect([cage?.PidMode, cage?.IpcMode, cage?.UTSMode, cage?.UsernsMode ?? ""]).to.deep.equal([
      "",
      "private",
      "",
      "",
    ]);
    expect(cage?.NetworkMode).to.not.match(/^(host|bridge|default|container:)/u);
    expect(cage?.Memory).to.equal(cage?.MemorySwap);
    expect(cage?.Binds).to.deep.equal([]);
    expect(user).to.equal(undefined);
  });

  it("is not opened by anything that a specification may ask for", () => {
    const { containers } = parseJobSpec({ version: 1, name: "job", containers: [container("web")] });
    const asked = { privileged: true, capAdd: ["SYS_ADMIN"], securityOpt: ["seccomp=unconfined"], pid: "host" };
    for (const [field, value] of Object.entries(asked)) {
      const opened = { version: 1, name: "job", containers: [{ ...containers[0]!, [field]: value }] };
      expect(() => parseJobSpec(opened), field).to.throw(JobSpecError);
    }
  });

  it("its environment is in no log, whatever happens to it", async () => {
    const world = createWorld();
    world.engine.faults.set("create", "CONTAINER_REFUSED");
    world.agent.start();
    const environment = { DATABASE_URL: "postgres://me:swordfish@db", PLAIN: "swordfish" };
    world.agent.setJobs([job(1n, [container("web", { secrets: ["KEY"], environment })])]);
    await world.clock.advance(60_000);
    world.engine.crash("web");
    await world.clock.advance(60_000);
    expect(world.entries).to.not.deep.equal([]);
    expect(JSON.stringify(world.entries)).to.not.match(/swordfish|value of KEY/u);
    world.agent.close();
  });

  it("no name of a specification or of a request leads to another file", async () => {
    for (const name of PATHS) {
      const spec = { version: 1, name, containers: [container("web")] } as const;
      expect(() => parseJobSpec(spec), JSON.stringify(name)).to.throw(JobSpecError);
      expect(() => parseJobSpec({ ...spec, name: "job", containers: [container(name)] })).to.throw(JobSpecError);
      const volumes = [{ name, sizeMiB: 1 }];
      expect(() => parseJobSpec({ ...spec, name: "job", volumes })).to.throw(JobSpecError);
    }
    const disk = new MemoryDisk();
    const store = await BlobStore.open({ directory: "/blobs", capacity: 9 }, { disk, isNeeded: () => false });
    for (const name of [...PATHS, `0x${"A".repeat(64)}`, `../0x${"a".repeat(64)}`]) {
      const put = async (): Promise<unknown> => store.put(name, new Uint8Array(1));
      expect(await put().catch(errorCode), JSON.stringify(name)).to.equal("KEY_INVALID");
      expect(await store.get(name)).to.equal(undefined);
    }
    expect(await disk.list("/blobs")).to.deep.equal([]);
  });
});
