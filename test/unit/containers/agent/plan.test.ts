import { expect } from "chai";
import fc from "fast-check";
import {
  type Action,
  plan,
  type PlanInput,
  type SeenContainer,
  type WantedContainer,
} from "../../../../keepers/containers/agent/plan.js";

const NOW = 1_000;
const names = ["a", "b", "c", "d"];

function wanted(name: string, more: Partial<WantedContainer> = {}): WantedContainer {
  return {
    ...{ name, after: [], generation: 2, hasImage: true, alone: false, stopSeconds: 10 },
    ...{ takes: { milliCpu: 100, memoryMiB: 100, diskMiB: 100 }, finished: false, notBefore: 0, ...more },
  };
}

function seen(id: string, name: string, more: Partial<SeenContainer> = {}): SeenContainer {
  const takes = { milliCpu: 100, memoryMiB: 100, diskMiB: 100 };
  const flags = { recycle: false, spent: false };
  return { id, name, generation: 2, state: "running", health: "good", stopSeconds: 10, takes, ...flags, ...more };
}

function input(more: Partial<PlanInput>): PlanInput {
  const allowance = { milliCpu: 400, memoryMiB: 400, diskMiB: 400 };
  return { mode: "run", wanted: [], seen: [], prepared: true, allowance, holdUntil: 0, now: NOW, ...more };
}

/** A container of the wanted generation takes what is wanted. */
function consistent(all: readonly WantedContainer[], found: readonly SeenContainer[]): SeenContainer[] {
  return found.map((each) => {
    const same = all.find(({ name }) => name === each.name);
    return same === undefined || each.generation !== 2 ? each : { ...each, takes: same.takes };
  });
}

/** What doing it changes, when all goes well. */
function apply(state: PlanInput, action: Action, next: () => string): PlanInput {
  const change = (id: string, more: Partial<SeenContainer>): SeenContainer[] =>
    state.seen.map((each) => (each.id === id ? { ...each, ...more } : each));
  switch (action.kind) {
    case "prepare":
      return { ...state, prepared: true };
    case "create": {
      const made = state.wanted.find(({ name }) => name === action.name)!;
      const { generation, takes, stopSeconds } = made;
      const container = seen(next(), made.name, { generation: generation!, takes, stopSeconds, state: "created" });
      return { ...state, seen: [...state.seen, container] };
    }
    case "start":
      return { ...state, seen: change(action.id, { state: "running", health: "good" }) };
    case "stop":
      return { ...state, seen: change(action.id, { state: "exited", recycle: false, health: "starting" }) };
    case "remove":
      return { ...state, seen: state.seen.filter(({ id }) => id !== action.id) };
    case "clean":
      return state;
  }
}

/** Repeats the plan until there is nothing left to do; gives what was done and where it ended. */
function follow(start: PlanInput, check: (state: PlanInput) => void = () => undefined) {
  let state = start;
  let made = 0;
  const done: Action[] = [];
  for (let step = 0; step < 200; step += 1) {
    const { action, pulls, wakeAt } = plan(state);
    if (action === undefined && pulls.length > 0) {
      const arrive = (each: WantedContainer) =>
        pulls.includes(each.name) ? { ...each, hasImage: true, generation: each.generation ?? 2 } : each;
      state = { ...state, wanted: state.wanted.map(arrive) };
    } else if (action !== undefined) {
      done.push(action);
      state = apply(state, action, () => `new-${(made += 1)}`);
      if (action.kind === "clean") return { state, done };
    } else if (wakeAt !== undefined) state = { ...state, now: wakeAt };
    else return { state, done };
    check(state);
  }
  throw new Error("it never ends");
}

const amount = fc.integer({ min: 1, max: 100 });
const takes = fc.record({ milliCpu: amount, memoryMiB: amount, diskMiB: amount });
const wantedArbitrary = fc.subarray(names).chain((chosen) =>
  fc
    .tuple(
      ...chosen.map((name, index) =>
        fc.record({
          takes,
          after: fc.subarray(chosen.slice(0, index)),
          generation: fc.constantFrom(2, undefined),
          hasImage: fc.boolean(),
          alone: fc.boolean(),
          finished: fc.constant(false),
          notBefore: fc.constantFrom(0, 2_000),
        }),
      ),
    )
    .map((parts) => parts.map((part, index) => wanted(chosen[index]!, part))),
);
const seenArbitrary = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...names, "foreign"),
      generation: fc.constantFrom(1, 2),
      state: fc.constantFrom("created" as const, "running" as const, "exited" as const),
      health: fc.constantFrom("good" as const, "bad" as const),
      recycle: fc.boolean(),
      spent: fc.boolean(),
      takes,
    }),
    { selector: ({ name, generation }) => `${name}-${generation}` },
  )
  .map((parts) => parts.map(({ name, ...part }, index) => seen(`old-${index}`, name, part)));

describe("plan of a job", () => {
  it("ends with exactly what is wanted, from wherever it begins", () => {
    fc.assert(
      fc.property(wantedArbitrary, seenArbitrary, fc.constantFrom(0, 3_000), (all, found, holdUntil) => {
        const allowance = { milliCpu: 400, memoryMiB: 400, diskMiB: 400 };
        const start = { wanted: all, seen: consistent(all, found), prepared: false, holdUntil, allowance };
        const { state } = follow(input(start));
        const left = state.seen.map((each) => [each.name, each.generation, each.state, each.health]);
        expect(left.sort()).to.deep.equal(all.map(({ name }) => [name, 2, "running", "good"]).sort());
      }),
      { numRuns: 500 },
    );
  });

  it("never lets containers that it starts take more than is allowed, nor two of one that has to be alone", () => {
    fc.assert(
      fc.property(wantedArbitrary, seenArbitrary, (all, found) => {
        const sum = (part: "milliCpu" | "memoryMiB" | "diskMiB"): number =>
          all.reduce((total, each) => total + each.takes[part], 0);
        const allowance = { milliCpu: sum("milliCpu"), memoryMiB: sum("memoryMiB"), diskMiB: sum("diskMiB") };
        const start = input({ wanted: all, seen: consistent(all, found), allowance });
        const taken = ({ seen: now }: PlanInput): number =>
          now.filter(({ state }) => state === "running").reduce((total, each) => total + each.takes.milliCpu, 0);
        let before = taken(start);
        follow(start, (state) => {
          const now = taken(state);
          if (now > before) {
            expect(now).to.be.at.most(allowance.milliCpu);
            for (const each of all.filter(({ alone }) => alone)) {
              const running = state.seen.filter((one) => one.name === each.name && one.state === "running");
              const grown = running.some(({ id }) => id.startsWith("new-"));
              if (grown) expect(running.length).to.equal(1);
            }
          }
          before = now;
        });
      }),
      { numRuns: 500 },
    );
  });

  it("leaves nothing of a job that is gone, and ends by cleaning up", () => {
    fc.assert(
      fc.property(wantedArbitrary, seenArbitrary, (all, found) => {
        const { state, done } = follow(input({ mode: "gone", wanted: all, seen: found }));
        expect(state.seen).to.deep.equal([]);
        expect(done.at(-1)).to.deep.equal({ kind: "clean" });
      }),
    );
  });

  it("has a new generation healthy before the old one goes, where there is room for both", () => {
    const start = input({ wanted: [wanted("a"), wanted("b")], seen: [seen("1", "a", { generation: 1 })] });
    const { done } = follow({ ...start, wanted: [wanted("a")] });
    expect(done.map(({ kind }) => kind)).to.deep.equal(["create", "start", "stop", "remove"]);
    const waiting = input({
      wanted: [wanted("a")],
      seen: [seen("1", "a", { generation: 1 }), seen("2", "a", { health: "starting" })],
    });
    expect(plan(waiting)).to.deep.equal({ pulls: [] });
  });

  it("ends the old one first where there is no room, or both would write to one volume", () => {
    const allowance = { milliCpu: 150, memoryMiB: 400, diskMiB: 400 };
    const old = [seen("1", "a", { generation: 1 })];
    const kinds = (start: PlanInput): string[] => follow(start).done.map(({ kind }) => kind);
    expect(kinds(input({ wanted: [wanted("a")], seen: old, allowance }))).to.deep.equal([
      "stop",
      "remove",
      "create",
      "start",
    ]);
    expect(kinds(input({ wanted: [wanted("a", { alone: true })], seen: old }))[0]).to.equal("stop");
  });

  it("keeps room for what else is wanted when it decides that two generations may run at once", () => {
    const allowance = { milliCpu: 250, memoryMiB: 400, diskMiB: 400 };
    const start = input({
      wanted: [wanted("a"), wanted("b", { notBefore: 5_000 })],
      seen: [seen("1", "a", { generation: 1 })],
      allowance,
    });
    expect(plan(start).action?.kind).to.equal("stop");
  });

  it("ends nothing for a next generation that cannot be started yet", () => {
    const start = input({
      wanted: [wanted("a"), wanted("b", { after: ["a"], alone: true })],
      seen: [seen("1", "a", { health: "starting" }), seen("2", "b", { generation: 1 })],
    });
    expect(plan(start)).to.deep.equal({ pulls: [] });
  });

  it("ends what is surplus when there is no room for what is wanted", () => {
    const allowance = { milliCpu: 200, memoryMiB: 200, diskMiB: 200 };
    const large = { milliCpu: 150, memoryMiB: 150, diskMiB: 150 };
    const start = input({
      wanted: [wanted("a", { generation: undefined, hasImage: false }), wanted("b")],
      seen: [seen("1", "a", { generation: 1, takes: large }), seen("2", "b", { state: "created" })],
      allowance,
    });
    expect(plan(start).action).to.deep.equal({ kind: "stop", id: "1", name: "a", seconds: 10 });
  });

  it("replaces nothing before its time, and does not wait with what does not run", () => {
    const old = seen("1", "a", { generation: 1 });
    expect(plan(input({ wanted: [wanted("a")], seen: [old], holdUntil: 5_000 }))).to.deep.equal({
      pulls: [],
      wakeAt: 5_000,
    });
    const ended = input({ wanted: [wanted("a")], seen: [{ ...old, state: "exited" }], holdUntil: 5_000 });
    expect(follow(ended).done.map(({ kind }) => kind)).to.deep.equal(["remove", "create", "start"]);
  });

  it("leaves what runs alone while the image of its next generation is not here", () => {
    const start = input({
      wanted: [wanted("a", { generation: undefined, hasImage: false })],
      seen: [seen("1", "a", { generation: 1 })],
    });
    expect(plan(start)).to.deep.equal({ pulls: ["a"] });
  });
});
