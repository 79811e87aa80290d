import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { SystemDisk } from "../../../keepers/core/disk.js";
import { KeeperError } from "../../../keepers/core/errors.js";
import { checkWritable, openDataFolder } from "../../../scripts/network/dataFolder.js";
import { choosePorts } from "../../../scripts/network/ports.js";

async function failure(task: Promise<unknown>): Promise<KeeperError> {
  const error: unknown = await task.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof KeeperError) return error;
  throw new Error(`wanted a KeeperError, got ${String(error)}`);
}

describe("the network's ports", () => {
  let taken: Server;

  beforeEach(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  });

  afterEach(async () => {
    await new Promise((resolve) => taken.close(resolve));
  });

  it("are seven different free ones when any will do", async () => {
    const { chain, broker, oracles, deeploy } = await choosePorts(0);
    const all = [chain, broker, ...oracles, deeploy];
    expect(oracles).to.have.length(4);
    expect(new Set(all).size).to.equal(7);
    expect(all.every((port) => port > 0)).to.equal(true);
  });

  it("name the one that is in use, and what to do", async () => {
    const { port } = taken.address() as AddressInfo;
    const { code, message } = await failure(choosePorts(port));
    expect(code).to.equal("PORT_IN_USE");
    expect(message).to.include(`port ${port} is in use`).and.to.include("--port");
  });

  it("are let go again, for those who will listen on them", async () => {
    const { chain, broker, oracles, deeploy } = await choosePorts(0);
    for (const port of [chain, broker, ...oracles, deeploy]) {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", resolve);
      });
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe("the network's data folder", () => {
  const disk = new SystemDisk();
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "r1-test-"));
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  it("is made when it is named, and stays", async () => {
    const folder = await openDataFolder(join(root, "a", "b"), { disk });
    await folder.close();
    expect(await readdir(join(root, "a"))).to.deep.equal(["b"]);
    expect(await readdir(folder.path)).to.deep.equal([]);
  });

  it("is removed with all that is in it when it is not named", async () => {
    const folder = await openDataFolder(undefined, { disk });
    await writeFile(join(folder.path, "votes.log"), "x");
    await folder.close();
    await readdir(folder.path).then(
      () => expect.fail("the folder is still there"),
      (error: unknown) => expect(error).to.have.property("code", "ENOENT"),
    );
  });

  it("is refused when it holds something: an oracle's votes on another chain would contradict this one's", async () => {
    await writeFile(join(root, "votes.log"), "x");
    const { code, message } = await failure(openDataFolder(root, { disk }));
    expect(code).to.equal("FOLDER_NOT_EMPTY");
    expect(message).to.include(root);
  });

  it("finds out early that a file cannot be written, and leaves nothing behind when it can", async () => {
    expect((await failure(checkWritable(join(root, "missing", "report.json"), disk))).message).to.include("missing");
    await checkWritable(join(root, "report.json"), disk);
    expect(await readdir(root)).to.deep.equal([]);
  });
});
