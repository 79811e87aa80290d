import { expect } from "chai";
import fc from "fast-check";

import type { ChainEvent, EventBody } from "../../../../keepers/chain/chainEvent.js";
import { applyEvents, emptyState, type ProtocolState } from "../../../../keepers/chain/protocolState.js";
import { decide, type Decision, type DecisionInput } from "../../../../keepers/oracle/assigning/decision.js";
import type { Wishes } from "../../../../keepers/oracle/assigning/demands.js";
import type { Advertisement } from "../../../../keepers/protocol/advertisement.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { serviceId } from "../../../../keepers/protocol/serviceId.js";
import { eventAt } from "../../chain/events.js";
import { address, hash } from "../../chain/fakeChain.js";
import { CHAIN_ID, REGISTRY, specWith } from "./world.js";

const NOW = 100_000;
const EPOCH = 10n;
const BLOCK = { number: 50, hash: hash(77), parentHash: hash(76), timestamp: NOW };
const OPTIONS = { lifetimeSeconds: 120, most: 64 };
const SPEC = hash(0x5bec);
const MICRO = { milliCpu: 250, memoryMiB: 512, diskMiB: 2_048 };

const nodeOf = (deed: bigint): string => address(Number(deed & 0xffffn) + (Number(deed >> 248n) << 20));
const nd = (tokenId: number): bigint => deedId(DeedKind.NODE, BigInt(tokenId));
const wish = (placement: Parameters<typeof specWith>[0] = {}, gpus = 0): Wishes => ({
  placement: specWith(placement).placement,
  gpus,
});

function associated(deed: bigint, owner = address(0xa000 + Number(deed & 0xffffn)), verification = 1): EventBody[] {
  return [
    { type: "OperatorApproved", operator: owner, until: NOW + 1_000, verification },
    { type: "NodeAssociated", deed, node: nodeOf(deed), owner, epoch: 0n },
  ];
}

function created(
  jobId: bigint,
  nodes = 1,
  change: { gpu?: number; epochs?: number; classId?: number } = {},
): EventBody {
  const terms = { classId: 1, gpu: 0, nodes, epochs: 30, rate: 1n, deposit: 30n, ...change };
  return { type: "JobCreated", jobId, owner: address(1), specHash: SPEC, ...terms };
}

function assigned(jobId: bigint, sequence: number, joining: number[], leaving: number[] = [], from = EPOCH): EventBody {
  return { type: "NodesAssigned", jobId, sequence, leaving, joining, from };
}

const CLASSES: EventBody[] = [
  { type: "ClassSet", classId: 1, name: "MICRO", price: 1n, isGpu: false, isOffered: true, ...MICRO },
];

function stateOf(...bodies: EventBody[]): ProtocolState {
  return applyEvents(
    emptyState,
    [...CLASSES, ...bodies].map((body): ChainEvent => eventAt(1_000, body)),
  );
}

function offer(node: string, change: Partial<Advertisement> = {}): Advertisement {
  return {
    ...{ chainId: CHAIN_ID, nodeRegistry: REGISTRY, node, time: 0n, load: 0, country: "RO", tags: [], gateway: "" },
    capacity: { milliCpu: 1_000, memoryMiB: 4_096, diskMiB: 65_536, gpus: 0 },
    ...change,
  };
}

function decided(state: ProtocolState, change: Partial<DecisionInput> = {}): Decision {
  const input: DecisionInput = {
    ...{ block: BLOCK, state, epoch: EPOCH, wishes: new Map([[SPEC, wish()]]), record: undefined },
    ...{ offerOf: (node: string) => offer(node), failing: new Set<string>() },
    ...change,
  };
  return decide(input, OPTIONS);
}

const joining = (decision: Decision): number[][] => decision.assignments.map((each) => [...each.joining]);

describe("decision", () => {
  it("is nothing where there is nothing to do", () => {
    const state = stateOf(...associated(nd(1)));
    expect(decided(state)).to.deep.equal({ assignments: [], unplaced: [] });
    const served = stateOf(...associated(nd(1)), created(1n), assigned(1n, 0, [1]));
    expect(decided(served)).to.deep.equal({ assignments: [], unplaced: [] });
  });

  it("names job, sequence, deeds in order, and a deadline by the block's time", () => {
    const state = stateOf(...[3, 1, 2].flatMap((id) => associated(nd(id))), created(7n, 3));
    expect(decided(state).assignments).to.deep.equal([
      { jobId: 7n, sequence: 0, leaving: [], joining: [1, 2, 3], deadline: BigInt(NOW + 120) },
    ]);
  });

  it("begins a job only with all of its nodes, and afterwards takes what there is", () => {
    const nodes = [1, 2].flatMap((id) => associated(nd(id)));
    expect(decided(stateOf(...nodes, created(1n, 3)))).to.deep.equal({ assignments: [], unplaced: [1n] });
    const running = stateOf(...nodes, created(1n, 4), assigned(1n, 0, [1]));
    expect(joining(decided(running))).to.deep.equal([[2]]);
  });

  it("counts what nodes have to run already, with who left but is paid to the epoch's end", () => {
    const two = { classId: 2 };
    const large: EventBody = { ...CLASSES[0]!, classId: 2, milliCpu: 600 } as EventBody;
    const nodes = [1, 2].flatMap((id) => associated(nd(id)));
    const one = stateOf(large, ...nodes, created(1n, 1, two), assigned(1n, 0, [1]), created(2n, 1, two));
    expect(joining(decided(one))).to.deep.equal([[2]]);
    const left = assigned(1n, 1, [2], [1], EPOCH + 1n);
    expect(
      decided(stateOf(large, ...nodes, created(1n, 1, two), assigned(1n, 0, [1]), left, created(2n, 1, two))).unplaced,
    ).to.deep.equal([2n]);
  });

  it("follows wishes: countries, tags, businesses, GPUs, exclusions, preferences, owners", () => {
    const owner = address(0xb0b);
    const state = (job = created(1n)) =>
      stateOf(...associated(nd(1), owner), ...associated(nd(2), owner), ...associated(nd(3), undefined, 2), job);
    const offers = new Map([
      [nodeOf(nd(1)), offer(nodeOf(nd(1)), { tags: ["ssd"], country: "DE" })],
      [nodeOf(nd(2)), offer(nodeOf(nd(2)))],
      [
        nodeOf(nd(3)),
        offer(nodeOf(nd(3)), { capacity: { milliCpu: 1_000, memoryMiB: 4_096, diskMiB: 65_536, gpus: 2 } }),
      ],
    ]);
    const choose = (wishes: Wishes, job?: EventBody): number[] | undefined =>
      joining(decided(state(job), { wishes: new Map([[SPEC, wishes]]), offerOf: (node) => offers.get(node) }))[0];
    expect(choose(wish({ countries: ["DE", "FR"] }))).to.deep.equal([1]);
    expect(choose(wish({ tags: ["ssd"] }))).to.deep.equal([1]);
    expect(choose(wish({ business: true }))).to.deep.equal([3]);
    expect(choose(wish({ excluded: [1, 3] }))).to.deep.equal([2]);
    expect(choose(wish({ preferred: [2] }))).to.deep.equal([2]);
    expect(choose(wish({}, 2), created(1n, 1, { gpu: 101 }))).to.deep.equal([3]);
    expect(choose(wish({}, 3), created(1n, 1, { gpu: 101 }))).to.equal(undefined);
    expect(choose(wish({ distinctOwners: true }), created(1n, 3))).to.equal(undefined);
    expect(choose(wish({ distinctOwners: true }), created(1n, 2))).to.include(3);
  });

  it("goes by the class when there is no specification, and waits while it is looked for", () => {
    const state = stateOf(...associated(nd(1)), created(1n));
    expect(joining(decided(state, { wishes: new Map([[SPEC, null]]) }))).to.deep.equal([[1]]);
    expect(decided(state, { wishes: new Map() })).to.deep.equal({ assignments: [], unplaced: [] });
    expect(decided(stateOf(...associated(nd(1)), created(1n, 1, { classId: 9 }))).assignments).to.deep.equal([]);
  });

  it("replaces those that are gone first, then those that fail, as far as there are others", () => {
    const ids = [1, 2, 3, 4, 5];
    const nodes = ids.flatMap((id) => associated(nd(id)));
    const running = [...nodes, created(1n, 3), assigned(1n, 0, [1, 2, 3])];
    const failing = new Set([serviceId(1n, nd(1))]);
    const only = (...there: number[]) => ({
      failing,
      offerOf: (node: string) => (there.some((id) => nodeOf(nd(id)) === node) ? offer(node) : undefined),
    });
    const banned: EventBody = { type: "DeedBanned", deed: nd(3), reason: "" };
    expect(decided(stateOf(...running, banned), only(4)).assignments[0]).to.deep.include({
      leaving: [3],
      joining: [4],
    });
    const both = decided(stateOf(...running, banned), only(4, 5)).assignments[0];
    expect(both).to.deep.include({ sequence: 1, leaving: [1, 3], joining: [4, 5] });
    expect(decided(stateOf(...running, banned), only()).unplaced).to.deep.equal([1n]);
  });

  it("gives who fails a job no other, and who left one not the same before it is settled", () => {
    const nodes = [1, 2].flatMap((id) => associated(nd(id)));
    const failing = new Set([serviceId(1n, nd(1))]);
    const state = stateOf(...nodes, created(1n), assigned(1n, 0, [1]), created(2n));
    expect(joining(decided(state, { failing }))).to.deep.equal([[2], [2]]);
    const moved = [...nodes, created(1n, 2), assigned(1n, 0, [1], [], 8n), assigned(1n, 1, [2], [1], EPOCH)];
    expect(decided(stateOf(...moved)).unplaced).to.deep.equal([1n]);
    const settled: EventBody = {
      ...{ type: "Settled", jobId: 1n, tokenId: 1, payee: address(1), epochs: 2n },
      ...{ bytesServed: 0n, paid: 0n, burned: 0n, penalty: 0n },
    };
    expect(joining(decided(stateOf(...moved, settled)))).to.deep.equal([[1]]);
  });

  it("does nothing for a job that is closed, over, or in its last epoch", () => {
    const nodes = [1, 2].flatMap((id) => associated(nd(id)));
    const running = [...nodes, created(1n, 2), assigned(1n, 0, [1], [], 5n)];
    const close = (end: bigint): EventBody => ({ type: "JobClosed", jobId: 1n, end });
    const failing = new Set([serviceId(1n, nd(1))]);
    for (const end of [EPOCH, EPOCH + 1n]) {
      expect(decided(stateOf(...running, close(end)), { failing }).assignments).to.deep.equal([]);
    }
    expect(decided(stateOf(...running, close(EPOCH + 2n)), { failing }).assignments).to.have.lengthOf(1);
    expect(decided(stateOf(...nodes, created(1n), close(0n))).assignments).to.deep.equal([]);
  });

  it("serves running jobs before waiting ones, and is bounded", () => {
    const nodes = [1, 2].flatMap((id) => associated(nd(id)));
    const failing = new Set([serviceId(2n, nd(1))]);
    const state = stateOf(...nodes, created(1n), created(2n), assigned(2n, 0, [1]), created(3n));
    const all = decided(state, { failing });
    expect(all.assignments.map(({ jobId }) => jobId)).to.deep.equal([2n, 1n, 3n]);
    const input = { block: BLOCK, state, epoch: EPOCH, wishes: new Map([[SPEC, wish()]]), record: undefined, failing };
    const few = decide({ ...input, offerOf: (node) => offer(node) }, { ...OPTIONS, most: 1 });
    expect(few.assignments.map(({ jobId }) => jobId)).to.deep.equal([2n]);
  });

  it("property: whatever the order of what it is told, the same, which the escrow takes, from deeds that may serve", () => {
    const deed = fc.record({
      kind: fc.constantFrom(DeedKind.NODE, DeedKind.NODE, DeedKind.NODE, DeedKind.MASTER, DeedKind.GENESIS),
      tokenId: fc.integer({ min: 1, max: 12 }),
      standing: fc.constantFrom("good", "good", "good", "deed banned", "owner banned", "not approved", "silent"),
      cpu: fc.integer({ min: 0, max: 1_000 }),
    });
    const deeds = fc.uniqueArray(deed, { selector: ({ kind, tokenId }) => `${kind} ${tokenId}`, maxLength: 16 });
    const job = fc.record({
      nodes: fc.integer({ min: 1, max: 4 }),
      seats: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(deeds, fc.array(job, { maxLength: 6 }), fc.array(fc.nat(5)), (drawn, jobs, failed) => {
        const bodies = drawn.flatMap(({ kind, tokenId, standing }): EventBody[] => {
          const id = deedId(kind, BigInt(tokenId));
          const owner = address(0xa000 + 100 * kind + tokenId);
          return [
            ...associated(id, owner),
            ...(standing === "deed banned" ? [{ type: "DeedBanned", deed: id, reason: "" } as const] : []),
            ...(standing === "owner banned" ? [{ type: "OperatorBanned", operator: owner, reason: "" } as const] : []),
            ...(standing === "not approved" ? [{ type: "OperatorRevoked", operator: owner } as const] : []),
          ];
        });
        const jobBodies = jobs.flatMap(({ nodes, seats }, index): EventBody[] => {
          const taken = seats.slice(0, nodes);
          const jobId = BigInt(index + 1);
          return [created(jobId, nodes), ...(taken.length > 0 ? [assigned(jobId, 0, taken)] : [])];
        });
        const failing = new Set(
          failed.flatMap((index) => jobs[index]?.seats.map((id) => serviceId(BigInt(index + 1), nd(id))) ?? []),
        );
        const byNode = new Map(
          drawn
            .filter(({ standing }) => standing !== "silent")
            .map(({ kind, tokenId, cpu }) => {
              const node = nodeOf(deedId(kind, BigInt(tokenId)));
              return [node, offer(node, { capacity: { milliCpu: cpu, memoryMiB: 4_096, diskMiB: 65_536, gpus: 0 } })];
            }),
        );
        const state = stateOf(...bodies, ...jobBodies);
        const change = { failing, offerOf: (node: string) => byNode.get(node) };
        const decision = decided(state, change);
        const shuffled: ProtocolState = {
          ...state,
          links: new Map([...state.links].reverse()),
          jobs: new Map([...state.jobs].reverse()),
          operators: new Map([...state.operators].reverse()),
        };
        expect(decided(shuffled, { ...change, failing: new Set([...failing].reverse()) })).to.deep.equal(decision);

        const good = new Map(
          drawn
            .filter(({ kind, standing }) => kind === DeedKind.NODE && standing === "good")
            .map((each) => [each.tokenId, each]),
        );
        const used = new Map<number, number>();
        for (const { jobId, joining: joins, leaving } of decision.assignments) {
          const { nodes, seats } = state.jobs.get(jobId)!;
          const active = seats.map(({ tokenId }) => tokenId);
          expect(joins.every((id) => good.has(id) && !active.includes(id))).to.equal(true);
          expect(leaving.every((id) => active.includes(id))).to.equal(true);
          expect(active.length - leaving.length + joins.length).to.be.at.most(nodes);
          for (const id of joins) used.set(id, (used.get(id) ?? 0) + MICRO.milliCpu);
        }
        for (const [id, cpu] of used) expect(cpu).to.be.at.most(good.get(id)!.cpu);
      }),
      { numRuns: 300 },
    );
  });
});
