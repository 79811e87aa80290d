import { expect } from "chai";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Secret } from "../../keepers/core/secret.js";
import { importBusybox } from "../helpers/services/busyboxImage.js";
import { IDLE, openFixture, type DockerFixture } from "./fixture.js";

const SERVE = "mkdir -p /tmp/w; echo hello > /tmp/w/index.html; exec httpd -f -p 80 -h /tmp/w";

/** A script that succeeds once the condition holds; gives up after ten seconds. */
const polling = (condition: string): string =>
  `for i in $(seq 100); do ${condition} && exit 0; sleep 0.1; done; exit 1`;
/** A server may need a moment to listen. */
const asking = (host: string): string => polling(`timeout 2 wget -qO- http://${host}:80/ 2>/dev/null`);
/** One try, to be refused or to be left without an answer. */
const knocking = (url: string): string => `timeout 2 wget -qO- ${url}`;

describe("the cage of a container", () => {
  let fixture: DockerFixture;

  before(async () => {
    fixture = await openFixture();
  });
  afterEach(() => fixture.clean());
  after(() => fixture.stop());

  it("has no capabilities, gains no privileges, filters system calls, and shares no namespace of the host", async () => {
    const id = await fixture.run(IDLE);
    const status = await fixture.inside(id, "cat /proc/1/status");
    for (const kind of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
      expect(status).to.match(new RegExp(`^${kind}:\\s+0+$`, "m"));
    }
    expect(status).to.match(/^NoNewPrivs:\s+1$/m);
    expect(status).to.match(/^Seccomp:\s+2$/m);
    expect(await fixture.inside(id, "hostname")).to.equal("web\n");
    const own = await fixture.inside(id, "for n in pid net ipc uts mnt; do readlink /proc/1/ns/$n; done");
    const host = await fixture.service.engine.host(
      "sh",
      "-c",
      "for n in pid net ipc uts mnt; do readlink /proc/1/ns/$n; done",
    );
    const hosts = new Set(host.output.split("\n"));
    for (const space of own.trim().split("\n")) expect(hosts.has(space), space).to.equal(false);
  });

  it("has nothing of the host mounted but its own files for names, and no socket of the daemon", async () => {
    const id = await fixture.run(IDLE);
    const { Mounts: mounts, HostConfig: config } = await fixture.service.docker.getContainer(id).inspect();
    expect(mounts).to.deep.equal([]);
    expect(config.Privileged).to.equal(false);
    expect(config.Devices ?? []).to.deep.equal([]);
    expect(await fixture.inside(id, "find / -name '*.sock' 2>/dev/null | wc -l")).to.equal("0\n");
    const disks = await fixture.inside(id, "grep ^/dev /proc/mounts | cut -d' ' -f2");
    expect(disks.trim().split("\n").sort()).to.deep.equal([
      "/etc/hostname",
      "/etc/hosts",
      "/etc/resolv.conf",
      "/sbin/docker-init",
    ]);
    expect((await fixture.engine.run(id, ["sh", "-c", "mknod /tmp/disk b 254 0"], 9_000)).code).not.to.equal(0);
    expect((await fixture.engine.run(id, ["mount", "-t", "tmpfs", "none", "/tmp"], 9_000)).code).not.to.equal(0);
  });

  it("bounds memory without swap, CPU, processes, open files and core dumps", async () => {
    const id = await fixture.run(IDLE, { memoryMiB: 24, milliCpu: 150, processes: 20 });
    const { HostConfig: config } = await fixture.service.docker.getContainer(id).inspect();
    const memory = 24 * 2 ** 20;
    expect(config).to.include({ Memory: memory, MemorySwap: memory, NanoCpus: 150_000_000, PidsLimit: 20 });
    expect(config.OomScoreAdj).to.equal(500);
    expect(await fixture.inside(id, "ulimit -n; ulimit -c; df -m /dev/shm | tail -1 | awk '{print $2}'")).to.equal(
      "16384\n0\n24\n",
    );
  });

  it("reaps what its programs leave behind", async () => {
    const id = await fixture.run(IDLE);
    const orphans = "for i in 1 2 3 4 5; do (sh -c 'true &'); done";
    await fixture.inside(id, `${orphans}; ${polling("! ps -o stat | grep -q Z")}`);
  });

  it("lets a read-only container write to a bounded /tmp in memory and to its volumes alone", async () => {
    await fixture.engine.ensureVolume("7", "data", 8);
    const volumes = [{ name: "data", path: "/data", readOnly: false }];
    const id = await fixture.run(IDLE, { readOnlyRoot: true, diskMiB: 4, volumes });
    expect(await fixture.inside(id, "touch /x 2>&1 || true")).to.match(/Read-only file system/);
    await fixture.inside(id, "echo kept > /data/file; echo fine > /tmp/file");
    expect(
      await fixture.inside(id, "dd if=/dev/zero of=/tmp/big bs=1M count=8 2>/dev/null || du -m /tmp/big"),
    ).to.match(/^[34]\s/);
  });

  it("lets nobody write to a volume that it mounts read-only", async () => {
    await fixture.engine.ensureVolume("7", "data", 8);
    const id = await fixture.run(IDLE, { volumes: [{ name: "data", path: "/data", readOnly: true }] });
    expect(await fixture.inside(id, "touch /data/x 2>&1 || true")).to.match(/Read-only file system/);
  });

  it("keeps what is in a volume from container to container, and no more than its size", async () => {
    await fixture.engine.ensureVolume("7", "data", 8);
    const volumes = [{ name: "data", path: "/data", readOnly: false }];
    const first = await fixture.run(IDLE, { volumes });
    expect(await fixture.inside(first, "ls -A /data | wc -l")).to.equal("0\n");
    const fill = "echo kept > /data/file; dd if=/dev/zero of=/data/big bs=1M count=20 2>&1 || du -m /data/big";
    expect(await fixture.inside(first, fill)).to.match(/No space left on device[^]*\n[4567]\s/);
    await fixture.engine.remove(first);
    const second = await fixture.run(IDLE, { volumes, generation: 2 });
    expect(await fixture.inside(second, "cat /data/file")).to.equal("kept\n");
  });

  it("removes volumes with their files and devices", async () => {
    const { host, options } = fixture.service.engine;
    const attached = async (): Promise<string> =>
      (await host("sh", "-c", `losetup --list --noheadings --output BACK-FILE | grep ${options.volumesFolder} || true`))
        .output;
    await fixture.engine.ensureVolume("7", "data", 8);
    expect(await attached()).to.include("/7/data");
    await fixture.engine.removeVolumes("7");
    expect(await attached()).to.equal("");
    expect((await host("ls", options.volumesFolder)).output).to.equal("");
  });

  it("finds its volumes after the host was started anew", async () => {
    await fixture.engine.ensureVolume("7", "data", 8);
    const volumes = [{ name: "data", path: "/data", readOnly: false }];
    const id = await fixture.run("echo kept >> /data/file; exec sleep 1000", { volumes });
    await fixture.engine.run(id, ["true"], 9_000);
    await fixture.engine.stop(id, 9);
    const { host, options } = fixture.service.engine;
    const device = (await host("readlink", `${options.volumesFolder}/7/data.device`)).output;
    expect(device).to.match(/^\/dev\/loop/);
    expect(await host("losetup", "--detach", device)).to.include({ code: 0 });
    await fixture.engine.start(id);
    expect(await fixture.inside(id, polling("[ $(wc -l </data/file) = 2 ]"))).to.equal("");
  });

  it("turns volumes that an image declares into bounded memory, so that none is left behind", async () => {
    await importBusybox(fixture.service.docker, "r1-declares:1", ["/var/lib/data"]);
    const id = await fixture.run(IDLE, { image: "r1-declares:1", diskMiB: 4 });
    expect(await fixture.inside(id, "grep /var/lib/data /proc/mounts")).to.match(/^tmpfs .*nosuid.*size=4096k/);
    await fixture.engine.remove(id);
    const { Volumes: left } = await fixture.service.docker.listVolumes();
    expect(left).to.have.length(0);
  });

  it("hands secrets to the environment, and to nothing else that others see", async () => {
    const environment = { OPEN: "plain", HIDDEN: new Secret("only-for-tests") };
    const id = await fixture.run(`echo "$OPEN $HIDDEN"; ${IDLE}`, { environment });
    expect(await fixture.inside(id, 'echo "$OPEN $HIDDEN"')).to.equal("plain only-for-tests\n");
    const { Config: config, Args: args, Name: name } = await fixture.service.docker.getContainer(id).inspect();
    expect(JSON.stringify([config.Labels, config.Cmd, args, name])).not.to.include("only-for-tests");
  });

  describe("network", () => {
    it("lets the containers of a job find each other by name", async () => {
      await fixture.run(SERVE, { container: "db" });
      const id = await fixture.run(IDLE);
      expect(await fixture.inside(id, asking("db"))).to.equal("hello\n");
    });

    it("keeps jobs apart, by name, by address and by published port", async () => {
      const server = await fixture.run(SERVE, { container: "db", publish: [80] });
      const status = await fixture.engine.inspect(server);
      const id = await fixture.run(IDLE, { job: "8" });
      expect(await fixture.inside(server, asking("127.0.0.1"))).to.equal("hello\n");
      const port = status?.ports.get(80) ?? 0;
      for (const host of ["db:80", `${status?.address ?? ""}:80`, `${fixture.service.hostAddress}:${port}`]) {
        const { code } = await fixture.engine.run(id, ["sh", "-c", knocking(`http://${host}/`)], 9_000);
        expect(code, host).not.to.equal(0);
      }
    });

    it("keeps containers from the host and from the private network around it", async () => {
      const { service } = fixture;
      const inner = service.spawn("busybox", "httpd", "-f", "-p", "0.0.0.0:4444", "-h", "/etc");
      const outer = createServer((_, response) => response.end("outer"));
      await new Promise<void>((resolve) => outer.listen(0, service.outerAddress, resolve));
      const outerUrl = `http://${service.outerAddress}:${(outer.address() as AddressInfo).port}/hostname`;
      const id = await fixture.run(IDLE);
      const gateway = (await fixture.inside(id, "ip route | awk '/default/ {print $3}'")).trim();
      const urls = [outerUrl, ...[gateway, service.hostAddress].map((host) => `http://${host}:4444/hostname`)];
      for (const url of urls) {
        const reached = await service.engine.host("busybox", "sh", "-c", polling(knocking(url)));
        expect(reached.code, `${url} from the host`).to.equal(0);
        const { code } = await fixture.engine.run(id, ["sh", "-c", knocking(url)], 9_000);
        expect(code, url).not.to.equal(0);
      }
      await inner.end("SIGKILL");
      outer.close();
    });

    it("publishes on the given address alone, and answers there", async () => {
      const id = await fixture.run(SERVE, { publish: [80] });
      await fixture.inside(id, asking("127.0.0.1"));
      const port = (await fixture.engine.inspect(id))?.ports.get(80) ?? 0;
      expect(await (await fetch(`http://${fixture.service.hostAddress}:${port}/`)).text()).to.equal("hello\n");
      const { NetworkSettings: network } = await fixture.service.docker.getContainer(id).inspect();
      const hosts = Object.values(network.Ports).flatMap((bindings) => bindings.map(({ HostIp: host }) => host));
      expect(hosts).to.deep.equal([fixture.service.hostAddress]);
    });
  });
});
