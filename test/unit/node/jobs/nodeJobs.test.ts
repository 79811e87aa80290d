import { expect } from "chai";
import { bytesToHex } from "../../../../keepers/protocol/bytes.js";
import { deedId, DeedKind } from "../../../../keepers/protocol/deedId.js";
import { ContainerState } from "../../../../keepers/protocol/heartbeat.js";
import { type JobSecrets, hashSecrets } from "../../../../keepers/protocol/secrets.js";
import { serviceId } from "../../../../keepers/protocol/serviceId.js";
import { createWorld, spec, type World } from "./world.js";

const { STARTING, RUNNING, FAILED } = ContainerState;
const secrets: JobSecrets = { salt: `0x${"5a".repeat(32)}`, values: { KEY: "swordfish" } };
const withSecrets = { ...spec({ secrets: ["KEY"] }), secretsHash: hashSecrets(secrets) };

describe("jobs of a node", () => {
  let world: World;

  beforeEach(() => {
    world = createWorld();
  });

  afterEach(async () => {
    await world.jobs.close();
    await world.clock.advance(0);
    expect(world.clock.pending).to.equal(0);
  });

  const states = (): number[] => world.jobs.work().containers.map(({ state }) => state);

  it("run while they are assigned on chain, and not a step longer", async () => {
    const { chain, deeploy, clock } = world;
    await world.start();
    expect(states()).to.deep.equal([]);
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec()) });
    await clock.advance(3_000);
    expect(await world.running()).to.deep.equal(["3/web"]);
    const assignment = serviceId(3n, deedId(DeedKind.NODE, 5n));
    expect(world.jobs.work()).to.deep.equal({ load: 1_250, containers: [{ assignment, state: RUNNING }] });
    chain.jobs.set(3n, { ...chain.jobs.get(3n)!, to: 8n });
    chain.happen(3n, [5]);
    await clock.advance(3_000);
    expect(await world.running()).to.deep.equal(["3/web"]);
    world.epoch = 8n;
    await clock.advance(3_000);
    expect(await world.running()).to.deep.equal([]);
    expect(states()).to.deep.equal([]);
  });

  it("are none of this node's when others are assigned, or when its deed is no Node Deed", async () => {
    const { chain, deeploy, clock } = world;
    await world.start();
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec()), to: 0n }, [6, 7]);
    await clock.advance(3_000);
    expect(chain.asked.filter((call) => call.startsWith("assignment"))).to.deep.equal([]);
    world.deed = deedId(DeedKind.MASTER, 5n);
    chain.assign({ jobId: 4n, specHash: deeploy.keep(spec()) });
    await clock.advance(3_000);
    expect(await world.running()).to.deep.equal([]);
  });

  it("are found again after a restart, from the disk and without reading the past again", async () => {
    const { chain, deeploy, clock } = world;
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec()) });
    await world.start();
    await clock.advance(3_000);
    await world.jobs.close();
    const [container] = await world.engine.list();
    chain.asked.length = 0;
    deeploy.isAway = true;
    world.again();
    await world.start();
    await clock.advance(10_000);
    expect(await world.engine.list()).to.deep.equal([container]);
    expect(states()).to.deep.equal([RUNNING]);
    expect(chain.asked.find((call) => call.startsWith("changes"))).to.equal("changes 70 101");
  });

  it("go on after a restart while nobody gives their secrets, and are made anew once somebody does", async () => {
    const { chain, deeploy, clock, engine } = world;
    chain.assign({ jobId: 3n, specHash: deeploy.keep(withSecrets, secrets) });
    await world.start();
    await clock.advance(3_000);
    await world.jobs.close();
    deeploy.isAway = true;
    world.again();
    await world.start();
    await clock.advance(10_000);
    expect(states()).to.deep.equal([RUNNING]);
    const { id } = (await engine.list())[0]!;
    await engine.remove(id);
    await clock.advance(90_000);
    expect(await world.running()).to.deep.equal([]);
    deeploy.isAway = false;
    await clock.advance(120_000);
    expect(await world.running()).to.deep.equal(["3/web"]);
  });

  it("get their secrets in their environment and nowhere else", async () => {
    const { chain, deeploy, clock, engine, disk, entries } = world;
    chain.assign({ jobId: 3n, specHash: deeploy.keep(withSecrets, secrets) });
    await world.start();
    await clock.advance(3_000);
    const { id } = (await engine.list())[0]!;
    const value = engine.specOf(id).environment["KEY"] as { reveal(): string };
    expect(value.reveal()).to.equal("swordfish");
    const files = await Promise.all(
      ["/data", "/data/specs"].map(async (folder) =>
        Promise.all((await disk.list(folder)).map((name) => disk.readFile(`${folder}/${name}`))),
      ),
    );
    expect(files.flat().length).to.be.above(1);
    for (const file of files.flat()) expect(new TextDecoder().decode(file)).to.not.contain("swordfish");
    expect(JSON.stringify(entries)).to.not.contain("swordfish");
  });

  it("wait for secrets that are what the specification says", async () => {
    const { chain, deeploy, clock } = world;
    const wrong = { ...secrets, values: { KEY: "swordfisch" } };
    const specHash = deeploy.keep(withSecrets, wrong);
    chain.assign({ jobId: 3n, specHash });
    await world.start();
    await clock.advance(30_000);
    expect(await world.running()).to.deep.equal([]);
    expect(JSON.stringify(world.entries)).to.not.contain("swordfisch");
    deeploy.secrets.set(specHash, secrets);
    await clock.advance(90_000);
    expect(await world.running()).to.deep.equal(["3/web"]);
  });

  it("run nothing whose hash is not the chain's, and wait for who has the right bytes", async () => {
    const { chain, deeploy, clock } = world;
    const specHash = deeploy.keep(spec());
    const right = deeploy.specs.get(specHash)!;
    const other = deeploy.keep(spec({ environment: { EVIL: "1" } }));
    deeploy.specs.set(specHash, deeploy.specs.get(other)!);
    chain.assign({ jobId: 3n, specHash });
    await world.start();
    await clock.advance(30_000);
    expect(await world.running()).to.deep.equal([]);
    expect(states()).to.deep.equal([STARTING]);
    expect(JSON.stringify(world.entries)).to.contain("SPEC_UNAVAILABLE").and.to.contain("another hash");
    deeploy.specs.set(specHash, right);
    await clock.advance(90_000);
    expect(await world.running()).to.deep.equal(["3/web"]);
  });

  it("are failed when they ask for more than their class, an unknown class, a GPU that is not there, or nonsense", async () => {
    const { chain, deeploy, clock } = world;
    chain.assign({ jobId: 1n, specHash: deeploy.keep(spec({ memoryMiB: 2_000 })) });
    chain.assign({ jobId: 2n, specHash: deeploy.keep(spec()), classId: 9 });
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec({ gpus: 1 })), gpu: 1 });
    const nonsense = new TextEncoder().encode('{"version":2}');
    const { keccak } = await import("../../../../keepers/protocol/keccak.js");
    const specHash = bytesToHex(keccak(nonsense));
    deeploy.specs.set(specHash, nonsense);
    chain.assign({ jobId: 4n, specHash });
    await world.start();
    await clock.advance(10_000);
    expect(states()).to.deep.equal([FAILED, FAILED, FAILED, FAILED]);
    expect(await world.engine.list()).to.deep.equal([]);
    const codes = world.entries.flatMap(({ code }) => (typeof code === "string" ? [code] : []));
    expect(codes).to.have.members(["CLASS_EXCEEDED", "CLASS_UNKNOWN", "NO_GPU", "SPEC_INVALID"]);
  });

  it("end when their specification becomes one that must not run", async () => {
    const { chain, deeploy, clock } = world;
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec()) });
    await world.start();
    await clock.advance(3_000);
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec({ memoryMiB: 2_000 })) }, []);
    await clock.advance(5_000);
    expect(await world.running()).to.deep.equal([]);
    expect(states()).to.deep.equal([FAILED]);
  });

  it("follow a changed specification, and go on as they were until it is there", async () => {
    const { chain, deeploy, clock, engine } = world;
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec()) });
    await world.start();
    await clock.advance(3_000);
    chain.block += 100;
    await clock.advance(3_000);
    deeploy.isAway = true;
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec({ environment: { VERSION: "2" } })) }, []);
    await clock.advance(20_000);
    expect(states()).to.deep.equal([RUNNING]);
    deeploy.isAway = false;
    await clock.advance(60_000);
    const listed = await engine.list();
    expect(listed.map(({ id }) => engine.specOf(id).environment["VERSION"])).to.deep.equal(["2"]);
    expect(await world.disk.list("/data/specs")).to.deep.equal([`${chain.jobs.get(3n)!.specHash}.json`]);
  });

  it("are read in smaller pieces from a server that refuses large ones, and later from one that is away", async () => {
    const { chain, deeploy, clock } = world;
    chain.mostBlocks = 7;
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec()) });
    chain.block += 300;
    await world.start();
    await clock.advance(10_000);
    expect(await world.running()).to.deep.equal(["3/web"]);
    chain.isAway = true;
    await clock.advance(60_000);
    expect(await world.running()).to.deep.equal(["3/web"]);
    expect(world.entries.filter(({ msg }) => msg === "this node's jobs could not be read")).to.have.length(1);
  });

  it("are offered room for, when the engine is there and the node may work", async () => {
    const { offers, clock, chain, deeploy, engine } = world;
    await world.start();
    expect(offers.at(-1)).to.deep.include({
      capacity: { milliCpu: 8_000, memoryMiB: 16_384, diskMiB: 65_536, gpus: 0 },
      load: 0,
      country: "ZZ",
      tags: ["ssd"],
    });
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec()) });
    await clock.advance(20_000);
    expect(offers.at(-1)?.load).to.equal(1_250);
    engine.setAvailable(false);
    await clock.advance(60_000);
    const told = offers.length;
    await clock.advance(300_000);
    expect(offers.length).to.equal(told);
    engine.setAvailable(true);
    await clock.advance(80_000);
    expect(offers.length).to.be.above(told);
    expect(states()).to.deep.equal([RUNNING]);
  });

  it("cost little while nothing happens: two calls to the chain a look, and nothing else", async () => {
    const { chain, deeploy, clock } = world;
    chain.assign({ jobId: 3n, specHash: deeploy.keep(spec()) });
    await world.start();
    chain.block += 100;
    await clock.advance(5_000);
    chain.asked.length = 0;
    await clock.advance(100_000);
    expect(chain.asked.length).to.be.within(195, 205);
    expect(new Set(chain.asked.map((call) => call.split(" ")[0]))).to.deep.equal(new Set(["head", "changes"]));
  });

  it("end with the node where that is wanted, and go on otherwise", async () => {
    world.chain.assign({ jobId: 3n, specHash: world.deeploy.keep(spec()) });
    await world.start();
    await world.clock.advance(3_000);
    await world.jobs.close();
    expect((await world.engine.list().catch(() => [])).length).to.be.at.most(1);

    const ending = createWorld({ endsWithNode: true });
    ending.chain.assign({ jobId: 3n, specHash: ending.deeploy.keep(spec()) });
    await ending.start();
    await ending.clock.advance(3_000);
    const closing = ending.jobs.close();
    await ending.clock.advance(5_000);
    await closing;
    expect(await ending.running()).to.deep.equal([]);
  });
});
