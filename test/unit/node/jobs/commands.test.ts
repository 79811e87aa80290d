import { expect } from "chai";
import { JobRight } from "../../../../keepers/protocol/jobRights.js";
import type { CommandAnswer } from "../../../../keepers/protocol/nodeCommand.js";
import { createWorld, owner, spec, stranger, type World } from "./world.js";

const restart = { method: "POST", path: "/jobs/3/restart" };
const logs = { method: "GET", path: "/jobs/3/logs" };

describe("commands that a node gets", () => {
  let world: World;

  beforeEach(async () => {
    world = createWorld();
    world.chain.assign({ jobId: 3n, specHash: world.deeploy.keep(spec()) });
    await world.start();
    await world.clock.advance(3_000);
  });

  afterEach(async () => {
    await world.jobs.close();
  });

  const codeOf = (answers: readonly CommandAnswer[]): string | undefined => answers.at(-1)?.error?.code;
  const id = async (): Promise<string> => (await world.engine.list())[0]!.id;
  const startedAt = async (): Promise<number> => (await world.engine.inspect(await id()))!.startedAt!;

  it("are carried out for the job's owner, once each, and answered with how the job stands", async () => {
    const before = await startedAt();
    const [answer, ...more] = await world.ask(restart);
    expect(more).to.deep.equal([]);
    expect(answer).to.include({ index: 0, last: true });
    expect(answer?.error).to.equal(undefined);
    expect(answer?.state?.containers[0]?.name).to.equal("web");
    expect(await startedAt()).to.be.above(before);
    const nonce = `0x${"ee".repeat(32)}`;
    const expiresAt = Math.floor(world.clock.now() / 1_000) + 100;
    expect(codeOf(await world.ask({ ...restart, nonce, expiresAt }))).to.equal(undefined);
    expect(codeOf(await world.ask({ ...restart, nonce, expiresAt }))).to.equal("COMMAND_REPLAYED");
  });

  it("are not carried out again after a restart of the node, and what was stopped stays stopped", async () => {
    const expiresAt = Math.floor(world.clock.now() / 1_000) + 200;
    const stop = { method: "POST", path: "/jobs/3/stop", nonce: `0x${"ee".repeat(32)}`, expiresAt };
    expect((await world.ask(stop)).at(-1)?.state?.state).to.equal("STOPPED");
    await world.clock.advance(1_000);
    expect(await world.running()).to.deep.equal([]);
    await world.jobs.close();
    world.again();
    await world.start();
    await world.clock.advance(10_000);
    expect(await world.running()).to.deep.equal([]);
    expect(codeOf(await world.ask(stop))).to.equal("COMMAND_REPLAYED");
    expect(codeOf(await world.ask(restart))).to.equal("NOT_RUNNING");
    await world.ask({ method: "POST", path: "/jobs/3/start" });
    await world.clock.advance(2_000);
    expect(await world.running()).to.deep.equal(["3/web"]);
  });

  it("are refused when they expired, or expire too far ahead", async () => {
    const now = Math.floor(world.clock.now() / 1_000);
    const before = await startedAt();
    expect(codeOf(await world.ask({ ...restart, expiresAt: now - 1 }))).to.equal("COMMAND_EXPIRED");
    expect(codeOf(await world.ask({ ...restart, expiresAt: now + 86_400 }))).to.equal("EXPIRY_TOO_FAR");
    expect(await startedAt()).to.equal(before);
  });

  it("are refused from strangers, and in the owner's name with another signature", async () => {
    expect(codeOf(await world.ask(restart, stranger))).to.equal("NOT_ALLOWED");
    expect(codeOf(await world.ask({ ...restart, account: owner.address }, stranger))).to.equal("SIGNATURE_INVALID");
    expect(codeOf(await world.ask(restart, owner, { signature: "0x00" }))).to.equal("SIGNATURE_INVALID");
  });

  it("are carried out for delegates with the right for each, until it is taken back", async () => {
    const { rights } = world.chain;
    rights.set(stranger.address, JobRight.LOGS);
    expect(codeOf(await world.ask(restart, stranger))).to.equal("NOT_ALLOWED");
    expect(codeOf(await world.ask(logs, stranger))).to.equal(undefined);
    rights.set(stranger.address, JobRight.OPERATE);
    expect(codeOf(await world.ask(restart, stranger))).to.equal(undefined);
    expect(codeOf(await world.ask(logs, stranger))).to.equal("NOT_ALLOWED");
    rights.clear();
    expect(codeOf(await world.ask(restart, stranger))).to.equal("NOT_ALLOWED");
  });

  it("are taken from smart-contract wallets that vouch for the signature", async () => {
    const wallet = `0x${"ca".repeat(20)}`;
    world.chain.rights.set(wallet, JobRight.OPERATE);
    const signature = "0x1234";
    expect(codeOf(await world.ask({ ...restart, account: wallet }, owner, { signature }))).to.equal(
      "SIGNATURE_INVALID",
    );
    world.chain.contracts.set(wallet, signature);
    expect(codeOf(await world.ask({ ...restart, account: wallet }, owner, { signature }))).to.equal(undefined);
  });

  it("are refused for other nodes, jobs and containers, and when they make no sense", async () => {
    const elsewhere = JSON.stringify({ node: `0x${"ab".repeat(20)}` });
    expect(codeOf(await world.ask(restart, owner, { body: elsewhere }))).to.equal("OTHER_NODE");
    expect(codeOf(await world.ask({ method: "POST", path: "/jobs/4/restart" }))).to.equal("NOT_ASSIGNED");
    expect(codeOf(await world.ask(restart, owner, { body: '{"container":"db"}' }))).to.equal("CONTAINER_NOT_FOUND");
    expect(codeOf(await world.ask({ method: "POST", path: "/jobs/3/burn" }))).to.equal("BAD_COMMAND");
    world.chain.isAway = true;
    const answers = await world.ask(restart, stranger);
    expect(answers.at(-1)?.error?.message).to.contain("the chain is away");
  });

  it("give logs in pieces, and follow them for as long as was asked", async () => {
    world.engine.log(await id(), "first");
    for (let line = 0; line < 20; line += 1) world.engine.log(await id(), "x".repeat(3_000), "stderr");
    const pieces = await world.ask({ ...logs, path: "/jobs/3/logs?tail=50" });
    const lines = pieces.flatMap((piece) => piece.lines ?? []);
    expect(lines).to.have.length(21);
    expect(lines[0]).to.include({ container: "web", stream: "stdout", text: "first" });
    expect(pieces.length).to.be.above(4);
    expect(pieces.map(({ index }) => index)).to.deep.equal(pieces.map((_, index) => index));
    expect(pieces.map(({ last }) => last).indexOf(true)).to.equal(pieces.length - 1);

    const following = world.ask({ ...logs, path: "/jobs/3/logs?tail=0&follow=1" });
    await world.clock.advance(300);
    world.engine.log(await id(), "while it follows");
    await world.clock.advance(2_000);
    const followed = await following;
    expect(followed.flatMap((piece) => piece.lines ?? []).map(({ text }) => text)).to.deep.equal(["while it follows"]);
    expect(followed.at(-1)?.last).to.equal(true);
  });
});
