import { expect } from "chai";
import type {
  ContainerEngine,
  ContainerId,
  EngineContainer,
  EngineEvent,
  LogLine,
} from "../../../keepers/containers/engine.js";
import { KeeperError } from "../../../keepers/core/errors.js";
import { all, codeOf, exitOf, linesOf } from "./engineHelpers.js";

/** What containers of the suite do; each fixture says it in its own way. */
export type Program =
  /** Runs until it is told to stop. */
  | "idles"
  /** Runs until it is killed. */
  | "ignores-stop"
  /** Ends at once with code 3. */
  | "ends"
  /** Writes `one` and `three` to standard output and `two` to standard error, in this order, and then idles. */
  | "speaks";

export interface EngineFixture {
  readonly engine: ContainerEngine;
  /** Of another node, where the first one's containers are. */
  readonly other: ContainerEngine;
  program(program: Program): Pick<EngineContainer, "image" | "command">;
  /** Lets the time pass that the operation waits for. */
  passing<T>(operation: Promise<T>): Promise<T>;
  /** The daemon goes away, and its containers end. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

const SPEC_HASH = `0x${"5a".repeat(32)}`;
const PLAIN = {
  container: "web",
  specHash: SPEC_HASH,
  generation: 1,
  environment: {},
  milliCpu: 100,
  memoryMiB: 16,
  diskMiB: 16,
  processes: 16,
  gpus: 0,
  readOnlyRoot: false,
  publish: [],
  volumes: [],
} as const;
const UNKNOWN = "f".repeat(64);
const NEVER = new AbortController().signal;

/** What every ContainerEngine must do; `create` gives the one fixture, emptied by the suite after each test. */
export function engineConformance(name: string, create: () => Promise<EngineFixture>): void {
  describe(`ContainerEngine conformance: ${name}`, () => {
    let fixture: EngineFixture;
    let engine: ContainerEngine;

    before(async () => {
      fixture = await create();
      engine = fixture.engine;
    });

    afterEach(async () => {
      const left = await engine.list();
      for (const { id } of left) await engine.remove(id);
      for (const job of new Set(["7", "8", ...left.map((each) => each.job)])) {
        await engine.removeVolumes(job);
        await engine.removeNetwork(job);
      }
      expect(await engine.list()).to.deep.equal([]);
    });

    after(() => Promise.all([engine.close(), fixture.other.close()]));

    async function make(program: Program, more: Partial<EngineContainer> = {}): Promise<ContainerId> {
      const container = { job: "7", ...PLAIN, ...fixture.program(program), ...more };
      await engine.ensureNetwork(container.job);
      return engine.create(container);
    }

    async function run(program: Program, more: Partial<EngineContainer> = {}): Promise<ContainerId> {
      const id = await make(program, more);
      await engine.start(id);
      if (program !== "ends") await hasBegun(id);
      return id;
    }

    /** A signal that comes before a container's first process has looked around would be lost. */
    const hasBegun = (id: ContainerId) => engine.run(id, ["true"], 10_000);

    it("says what it is", async () => {
      const info = await engine.ping();
      expect(info.version).to.match(/./);
      expect(info.cpus).to.be.greaterThan(0);
      expect(info.memoryMiB).to.be.greaterThan(0);
    });

    describe("a container", () => {
      it("is created, runs, is stopped, and is gone when it is removed", async () => {
        const id = await make("idles");
        const identity = { id, job: "7", container: "web", specHash: SPEC_HASH, generation: 1 };
        const nowhere = { ports: new Map(), address: undefined, diskMiB: 0 };
        const created = { ...identity, ...nowhere, state: "created", startedAt: undefined, exit: undefined };
        expect(await engine.inspect(id)).to.deep.equal(created);
        await engine.start(id);
        const running = await engine.inspect(id);
        expect(running).to.include({ ...identity, state: "running", exit: undefined, diskMiB: 0 });
        expect(running?.address).to.match(/^[\d.]+$/);
        await hasBegun(id);
        await engine.stop(id, 10);
        const exited = await engine.inspect(id);
        expect(exited).to.deep.include({ ...identity, ...nowhere, state: "exited" });
        expect(exited?.exit).to.include({ code: 143, reason: "ended" });
        expect(exited?.exit?.at).to.be.at.least(exited?.startedAt ?? Infinity);
        await engine.remove(id);
        expect(await engine.inspect(id)).to.equal(undefined);
        expect(await engine.list()).to.deep.equal([]);
      });

      it("tells the code it ended with", async () => {
        const id = await run("ends");
        expect(await exitOf(engine, id)).to.include({ code: 3, reason: "ended" });
      });

      it("is killed when it ignores that it is to stop", async () => {
        const id = await run("ignores-stop");
        await fixture.passing(engine.stop(id, 1));
        expect((await engine.inspect(id))?.exit).to.include({ code: 137, reason: "ended" });
      });

      it("may be started again after it ended", async () => {
        const id = await run("idles");
        await engine.stop(id, 10);
        await engine.start(id);
        expect(await engine.inspect(id)).to.include({ state: "running", exit: undefined });
      });

      it("is removed while it runs", async () => {
        const id = await run("ignores-stop");
        await engine.remove(id);
        expect(await engine.list()).to.deep.equal([]);
      });

      it("takes every operation twice", async () => {
        const id = await run("idles");
        await engine.start(id);
        await engine.stop(id, 10);
        await engine.stop(id, 10);
        await engine.remove(id);
        await engine.remove(id);
      });

      it("gets a port of the host for each that it publishes, whatever other jobs publish", async () => {
        const ids = [await run("idles", { publish: [80, 81] }), await run("idles", { job: "8", publish: [80] })];
        const ports = await Promise.all(
          ids.map(async (id) => (await engine.inspect(id))?.ports ?? new Map<number, number>()),
        );
        expect(ports.map((each) => [...each.keys()].sort())).to.deep.equal([[80, 81], [80]]);
        expect(new Set(ports.flatMap((each) => [...each.values()])).size).to.equal(3);
      });
    });

    it("lists containers in every state, oldest first, generations side by side", async () => {
      const first = await run("idles");
      const second = await make("idles", { generation: 2 });
      const third = await run("idles", { container: "db" });
      await engine.stop(third, 10);
      const list = await engine.list();
      expect(list.map(({ id, container, generation, state }) => [id, container, generation, state])).to.deep.equal([
        [first, "web", 1, "running"],
        [second, "web", 2, "created"],
        [third, "db", 1, "exited"],
      ]);
    });

    describe("refuses", () => {
      it("a generation that is there already", async () => {
        await make("idles");
        expect(await codeOf(make("idles"))).to.equal("CONTAINER_EXISTS");
      });

      it("an image that is not here", async () => {
        expect(await codeOf(make("idles", { image: "nothing:1" }))).to.equal("IMAGE_NOT_FOUND");
      });

      it("volumes that are not there", async () => {
        const volumes = [{ name: "data", path: "/data", readOnly: false }];
        expect(await codeOf(make("idles", { volumes }))).to.equal("CONTAINER_REFUSED");
      });

      it("more CPUs than the host has", async () => {
        expect(await codeOf(make("idles", { milliCpu: 1_000_000 }))).to.equal("CONTAINER_REFUSED");
      });

      it("containers that are unknown, or another node's", async () => {
        const id = await run("idles");
        for (const [at, which] of [
          [engine, UNKNOWN],
          [fixture.other, id],
        ] as const) {
          expect(await at.inspect(which)).to.equal(undefined);
          expect(await codeOf(at.start(which))).to.equal("CONTAINER_NOT_FOUND");
          expect(await codeOf(at.run(which, ["true"], 1_000))).to.equal("CONTAINER_NOT_FOUND");
          const logs = at.logs(which, { tail: 1 })[Symbol.asyncIterator]();
          expect(await codeOf(logs.next())).to.equal("CONTAINER_NOT_FOUND");
          await at.stop(which, 1);
          await at.remove(which);
        }
        expect(await fixture.other.list()).to.deep.equal([]);
        expect((await engine.inspect(id))?.state).to.equal("running");
      });
    });

    describe("a volume", () => {
      const volumes = [{ name: "data", path: "/data", readOnly: false }];

      it("is there once, and keeps its size", async () => {
        await engine.ensureVolume("7", "data", 8);
        await engine.ensureVolume("7", "data", 8);
        expect(await codeOf(engine.ensureVolume("7", "data", 9))).to.equal("VOLUME_SIZE_FIXED");
        await engine.ensureVolume("8", "data", 9);
      });

      it("is not removed under a container", async () => {
        await engine.ensureVolume("7", "data", 8);
        const id = await make("idles", { volumes });
        expect(await codeOf(engine.removeVolumes("7"))).to.equal("VOLUME_IN_USE");
        await engine.remove(id);
        await engine.removeVolumes("7");
        await engine.removeVolumes("7");
        await engine.ensureVolume("7", "data", 9);
      });
    });

    it("keeps a network while containers of the job run", async () => {
      const id = await run("idles");
      expect(await codeOf(engine.removeNetwork("7"))).to.equal("NETWORK_IN_USE");
      await engine.ensureNetwork("7");
      await engine.stop(id, 10);
      await engine.remove(id);
      await engine.removeNetwork("7");
      await engine.removeNetwork("7");
    });

    it("runs commands in containers that run", async () => {
      const id = await run("idles");
      expect(await engine.run(id, ["true"], 10_000)).to.deep.equal({ code: 0, output: "" });
      await engine.stop(id, 10);
      expect(await codeOf(engine.run(id, ["true"], 1_000))).to.equal("CONTAINER_NOT_RUNNING");
    });

    describe("logs", () => {
      const texts = (lines: readonly LogLine[]): string[] => lines.map(({ stream, text }) => `${stream} ${text}`);

      it("follow a container, and end with it", async () => {
        const id = await run("speaks");
        const lines: LogLine[] = [];
        let stopping: Promise<void> | undefined;
        for await (const line of engine.logs(id, { tail: 1_000, follow: true })) {
          lines.push(line);
          if (lines.length === 3) stopping = engine.stop(id, 10);
        }
        await stopping;
        expect(texts(lines).sort()).to.deep.equal(["stderr two", "stdout one", "stdout three"]);
        const { startedAt = Infinity } = (await engine.inspect(id)) ?? {};
        for (const { at } of lines) expect(at).to.be.within(startedAt - 1_000, startedAt + 60_000);
      });

      it("give no more of the end than is asked for, and nothing from before", async () => {
        const id = await run("speaks");
        const [last] = (await linesOf(engine, id, ({ length }) => length === 3)).slice(-1);
        const some = await all(engine.logs(id, { tail: 1 }));
        expect(texts(some)).to.deep.equal(texts([last!]));
        expect(await all(engine.logs(id, { tail: 3, since: last!.at + 60_000 }))).to.deep.equal([]);
      });

      it("stop following when they are told to", async () => {
        const id = await run("idles");
        const signal = AbortSignal.abort();
        expect(await all(engine.logs(id, { tail: 3, follow: true, signal }))).to.deep.equal([]);
      });
    });

    describe("events", () => {
      it("begin with word that they began, and tell starts and ends of this node's containers", async () => {
        const ended = new AbortController();
        const events: EngineEvent[] = [];
        let id: ContainerId | undefined;
        for await (const event of engine.events(ended.signal)) {
          events.push(event);
          if (event.type === "resumed") id = await run("ends");
          if (event.type === "exited") ended.abort();
        }
        const identity = { id, job: "7", container: "web", specHash: SPEC_HASH, generation: 1 };
        expect(events).to.deep.equal([
          { type: "resumed" },
          { ...identity, type: "started" },
          { ...identity, type: "exited", code: 3 },
        ]);
      });

      it("end before they begin when they are told to", async () => {
        expect(await all(engine.events(AbortSignal.abort()))).to.deep.equal([]);
      });
    });

    describe("pulling", () => {
      it("gives an id to make containers of, and pulls nothing that is here", async () => {
        const { image } = fixture.program("idles");
        const id = await engine.pull(image, { policy: "missing", signal: NEVER });
        expect(await engine.pull(image, { policy: "never", signal: NEVER })).to.equal(id);
        await run("idles", { image: id });
      });

      it("fails when an image is never to be pulled, and not here", async () => {
        const failure = codeOf(engine.pull("nothing:1", { policy: "never", signal: NEVER }));
        expect(await failure).to.equal("IMAGE_NOT_FOUND");
      });

      it("fails with the signal's own reason", async () => {
        const reason = new KeeperError("CLOSING", "the test is over");
        const signal = AbortSignal.abort(reason);
        expect(await codeOf(engine.pull("nothing:1", { policy: "always", signal }))).to.equal("CLOSING");
      });
    });

    it("fails while the daemon is away, and goes on when it is back", async () => {
      const id = await run("idles");
      const ended = new AbortController();
      const resumed = Promise.withResolvers<undefined>();
      let resumptions = 0;
      const following = (async () => {
        for await (const { type } of engine.events(ended.signal)) {
          if (type === "resumed") resumptions += 1;
          if (resumptions === 2) resumed.resolve(undefined);
        }
      })();
      const container = { job: "7", ...PLAIN, ...fixture.program("idles"), generation: 2 };
      await fixture.pause();
      for (const operation of [
        () => engine.ping(),
        () => engine.list(),
        () => engine.inspect(id),
        () => engine.start(id),
        () => engine.stop(id, 1),
        () => engine.remove(id),
        () => engine.create(container),
        () => engine.ensureNetwork("9"),
        () => engine.ensureVolume("9", "data", 8),
        () => engine.removeVolumes("9"),
        () => engine.run(id, ["true"], 1_000),
        () => engine.pull("nothing:1", { policy: "missing", signal: NEVER }),
      ]) {
        const failure = operation();
        expect(await codeOf(failure)).to.equal("ENGINE_UNAVAILABLE");
        expect(await failure.catch((error: unknown) => (error as KeeperError).retriable)).to.equal(true);
      }
      await fixture.resume();
      await resumed.promise;
      ended.abort();
      await following;
      expect((await engine.inspect(id))?.state).to.equal("exited");
      await engine.start(id);
      expect((await engine.inspect(id))?.state).to.equal("running");
    });

    describe("at the end", () => {
      it("ends its events and logs when it is closed, and lets containers run", async () => {
        const id = await run("idles");
        const log = all(fixture.engine.logs(id, { tail: 0, follow: true }));
        const types: string[] = [];
        for await (const { type } of engine.events(NEVER)) {
          types.push(type);
          await engine.close();
          await engine.close();
        }
        expect(types).to.deep.equal(["resumed"]);
        expect(await log).to.deep.equal([]);
        expect((await engine.inspect(id))?.state).to.equal("running");
      });
    });
  });
}
