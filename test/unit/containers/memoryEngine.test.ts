import { expect } from "chai";
import { MemoryEngine, type MemoryImage } from "../../../keepers/containers/memoryEngine.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { engineConformance, type Program } from "./engine.conformance.js";
import { codeOf } from "./engineHelpers.js";

engineConformance("memory", async () => {
  const clock = new VirtualClock();
  const engine = new MemoryEngine({}, { clock });
  const images: Record<Program, MemoryImage> = {
    idles: {},
    "ignores-stop": { ignoresStop: true },
    ends: { onStart: (_, id) => engine.exit(id, 3) },
    speaks: {
      onStart: (_, id) => {
        engine.log(id, "one");
        engine.log(id, "two", "stderr");
        engine.log(id, "three");
      },
    },
  };
  for (const [name, image] of Object.entries(images)) engine.addImage(name, image);
  return {
    engine,
    other: new MemoryEngine({}, { clock }),
    program: (program) => ({ image: program }),
    passing: async (operation) => {
      await clock.advance(10_000);
      return operation;
    },
    pause: async () => engine.setAvailable(false),
    resume: async () => engine.setAvailable(true),
  };
});

describe("MemoryEngine", () => {
  const engine = new MemoryEngine({ info: { gpus: 2 } }, { clock: new VirtualClock() });
  const container = {
    ...{ job: "1", container: "web", specHash: "0x", generation: 0, environment: {}, volumes: [], publish: [80] },
    ...{ milliCpu: 1, memoryMiB: 8, diskMiB: 8, processes: 1, gpus: 0, readOnlyRoot: false },
  };

  it("does what its images tell", async () => {
    engine.addImage("web", { onRun: (command, { job }) => ({ code: 4, output: `${job} ${command.join(" ")}` }) });
    const id = await engine.create({ ...container, image: "web" });
    await engine.start(id);
    expect(await engine.run(id, ["a", "b"], 1)).to.deep.equal({ code: 4, output: "1 a b" });
    engine.setPorts(id, new Map([[80, 1_234]]));
    expect((await engine.inspect(id))?.ports).to.deep.equal(new Map([[80, 1_234]]));
    expect(engine.specOf(id).image).to.equal("web");
    expect((await engine.ping()).gpus).to.equal(2);
  });

  it("ends containers that fill their disk, or use up their memory", async () => {
    engine.addImage("web");
    const full = await engine.create({ ...container, generation: 1, image: "web" });
    const hog = await engine.create({ ...container, generation: 2, image: "web" });
    await engine.start(full);
    await engine.start(hog);
    engine.setDisk(full, 8);
    expect(await engine.inspect(full)).to.include({ state: "running", diskMiB: 8 });
    engine.setDisk(full, 9);
    engine.exit(hog, 137, "out-of-memory");
    expect((await engine.inspect(full))?.exit?.reason).to.equal("disk-full");
    expect((await engine.inspect(hog))?.exit?.reason).to.equal("out-of-memory");
  });

  for (const failure of ["IMAGE_NOT_FOUND", "IMAGE_DENIED", "REGISTRY_UNREACHABLE"] as const) {
    it(`fails to pull with ${failure} when it is told to`, async () => {
      engine.addImage("bad", { failure });
      const pull = engine.pull("bad", { policy: "missing", signal: new AbortController().signal });
      expect(await codeOf(pull)).to.equal(failure);
    });
  }
});
