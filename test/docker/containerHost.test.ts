import { mkdtemp, readdir, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { SystemClock } from "../../keepers/core/clock.js";
import { memoryLogger } from "../../keepers/core/memoryLogger.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { openContainerHost } from "../../scripts/network/containers/containerHost.js";
import { BRIDGE_PREFIX } from "../../keepers/containers/docker/labels.js";
import { startPrivateDaemon } from "../../scripts/network/containers/privateDaemon.js";
import type { ContainerHost } from "../../scripts/network/containers/types.js";
import { BUSYBOX_IMAGE, type DockerService, startDocker } from "../helpers/services/docker.js";
import { NODE, PLAIN } from "./fixture.js";

const START_LIMIT_MS = 120_000;
const clock = new SystemClock();
const dependencies = { clock, random: new CryptoRandom(), logger: memoryLogger(clock).logger };
const bridges = () => Object.keys(networkInterfaces()).filter((name) => name.startsWith(BRIDGE_PREFIX));

describe("where npm start runs containers", function () {
  this.timeout(START_LIMIT_MS);
  const temporary = process.env["TMPDIR"];
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "r1-test-"));
    process.env["TMPDIR"] = folder;
  });

  after(async () => {
    if (temporary === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = temporary;
    await rm(folder, { recursive: true });
  });

  /** Starts a container of the host's image that serves a page. */
  async function serve(host: ContainerHost) {
    const engine = host.engineFor(NODE, folder);
    const script = "mkdir -p /srv && echo real > /srv/index.html && echo up && exec httpd -f -p 8080 -h /srv";
    await engine.ensureNetwork(PLAIN.job);
    const container = { ...PLAIN, image: host.image, command: ["sh", "-c", script], publish: [8080] };
    const id = await engine.create(container);
    await engine.start(id);
    return { engine, id };
  }

  describe("in a daemon of its own", () => {
    let host: ContainerHost;

    before(async () => {
      host = await startPrivateDaemon(dependencies);
    });

    after(() => host.close());

    it("reaches them on loopback, and leaves nothing behind even when they were not ended", async () => {
      const before = new Set(bridges());
      const { engine, id } = await serve(host);
      const port = (await engine.inspect(id))?.ports.get(8080);
      // Until the server listens the daemon's proxy ends every connection.
      let page = "";
      while (page === "") page = await pageAt(`http://127.0.0.1:${port}/`);
      expect(page).to.equal("real\n");
      const made = bridges().filter((name) => !before.has(name));
      expect(made).to.not.deep.equal([]);
      await engine.close();
      await Promise.all([host.close(), host.close()]);
      expect(bridges()).to.not.include.members(made);
      expect(await readdir(folder)).to.deep.equal([]);
    });
  });

  describe("in the engine that DOCKER_HOST names", () => {
    let service: DockerService;

    before(async () => {
      service = await startDocker();
    });

    after(async () => {
      await service.stop();
    });

    const images = async () => (await service.docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);

    it("leaves an image alone that was there, and takes away one that it made", async () => {
      const open = () => openContainerHost(`unix://${service.socketPath}`, dependencies);
      const first = await open();
      expect([first.kind, first.image]).to.deep.equal(["docker", BUSYBOX_IMAGE]);
      expect(first.sentence).to.include(service.socketPath);
      await first.close();
      expect(await images()).to.include(BUSYBOX_IMAGE);
      await service.docker.getImage(BUSYBOX_IMAGE).remove();
      const second = await open();
      expect(await images()).to.include(BUSYBOX_IMAGE);
      await second.close();
      await second.close();
      expect(await images()).to.deep.equal([]);
    });
  });

  describe("when the engine that DOCKER_HOST names cannot be used", () => {
    const wrong = { "that does not answer": "unix:///nowhere/docker.sock", "of another machine": "tcp://127.0.0.1:1" };
    for (const [what, address] of Object.entries(wrong)) {
      it(`says of one ${what} that containers are pretended, and why`, async () => {
        const host = await openContainerHost(address, dependencies);
        expect(host.kind).to.equal("none");
        expect(host.sentence).to.include("only pretended, by a mock").and.to.include(address);
        const engine = host.engineFor(NODE, folder);
        await engine.ensureNetwork(PLAIN.job);
        const id = await engine.create({ ...PLAIN, image: host.image });
        await engine.start(id);
        expect((await engine.inspect(id))?.state).to.equal("running");
        await engine.close();
        await host.close();
      });
    }
  });
});

async function pageAt(url: string): Promise<string> {
  try {
    return await (await fetch(url)).text();
  } catch {
    return "";
  }
}
