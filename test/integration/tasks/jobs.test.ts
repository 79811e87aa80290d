/**
 * catalog:*, job:*
 *
 * Given ND:1 to ND:3 with nodes, three oracles, a term of two epochs, R1 at $0.50
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import { parseEther, Signature } from "ethers";

import { assignmentData } from "../../../keepers/protocol/assignment.js";
import { compareLeaves, LeafKind } from "../../../keepers/protocol/leaf.js";
import { indexOfLeaf } from "../../../keepers/protocol/leafFile.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { decodeJobSpec, hashJobSpec } from "../../../keepers/protocol/jobSpec.js";
import { buyAndAssociate, commitLeaves, deployWorld, fail, folder, ND, networkHelpers, succeed } from "./world.js";

const SPEC = {
  version: 1,
  name: "shop",
  containers: [{ name: "web", image: "busybox", milliCpu: 500, memoryMiB: 512 }],
};
/** LOW1: $0.75 at $0.50 for one R1. */
const RATE = parseEther("1.5");

async function withServers() {
  const world = await deployWorld();
  await buyAndAssociate(world, 3);
  const spec = join(folder, "shop.json");
  await writeFile(spec, JSON.stringify(SPEC));
  return { ...world, spec };
}

describe("Job tasks", () => {
  let world: Awaited<ReturnType<typeof withServers>>;
  let server: Server | undefined;

  beforeEach(async () => {
    world = await networkHelpers.loadFixture(withServers);
  });

  afterEach(() => server?.close());

  const common = () => ({ deployment: world.deployment });
  const asBuyer = (args: object) => ({ ...common(), from: world.accounts.buyer.address, ...args });
  const create = async (args: object = {}) =>
    succeed("job:create", asBuyer({ spec: world.spec, class: "LOW1", nodes: 2, epochs: 4, ...args }));
  const createOne = async (): Promise<void> => {
    await create();
  };

  it("catalog:show lists what is offered, with prices", async () => {
    const { value, output } = await succeed("catalog:show", common());
    const classes = value["classes"] as { name: string; rate: bigint }[];
    expect(classes).to.have.length(15);
    expect(classes.find(({ name }) => name === "LOW1")?.rate).to.equal(RATE);
    expect(output).to.match(/4 +LOW1 +2 +4 +16 +\$0\.75 +1\.5 R1/u);
    expect(output).to.match(/102 +G-MED +GPU +- +- +\$2\.4 +4\.8 R1/u);
  });

  it("catalog:set adds, changes and withdraws classes, and refuses what makes no sense", async () => {
    const set = (args: object) => ({
      ...common(),
      id: 12,
      name: "ULTRA3",
      cpu: "32",
      memory: "256",
      disk: "900",
      ...args,
    });
    await succeed("catalog:set", set({ price: "20.25" }));
    const { resourceCatalog } = world.contracts;
    const { price, milliCpu, memoryMiB } = await resourceCatalog.classOf(12);
    expect([price, milliCpu, memoryMiB]).to.deep.equal([2_025_000_000n, 32_000n, 262_144n]);
    await succeed("catalog:set", set({ price: "20.25", withdrawn: true }));
    const { value } = await succeed("catalog:show", common());
    expect(value["classes"]).to.have.length(15);
    const all = await succeed("catalog:show", { ...common(), all: true });
    expect(all.output).to.match(/ULTRA3.*withdrawn/u);
    expect(await fail("catalog:set", set({}))).to.equal(
      "--price: got nothing, want US dollars per epoch and node, such as 0.75",
    );
    expect(await fail("catalog:set", set({ price: "1", id: 0 }))).to.equal("id: got 0, want 1 to 65535");
    expect(await fail("catalog:set", set({ price: "1", cpu: "0" }))).to.match(
      /^--cpu: got "0", want a number above zero/u,
    );
    expect(await fail("catalog:set", set({ price: "1", gpu: true }))).to.match(/^--cpu: got "32", want nothing/u);
    expect(await fail("catalog:set", asBuyer(set({ price: "1", from: world.accounts.buyer.address })))).to.match(
      /does not have the role that this needs/u,
    );
  });

  it("job:create hashes the specification, checks the class, and pays with a permit", async () => {
    const out = join(folder, "canonical.json");
    const { value, output } = await create({ out });
    const spec = decodeJobSpec(await readFile(out));
    expect(value).to.deep.include({ jobId: 1, specHash: hashJobSpec(spec), rate: RATE, deposit: RATE * 8n });
    expect(output).to.include("deposit        12 R1 ($6.00)").and.to.include("Created job 1: paid 12 R1 ($6.00).");
    const job = await world.contracts.jobEscrow.jobOf(1);
    expect([job.owner, job.specHash, job.nodes]).to.deep.equal([world.accounts.buyer.address, hashJobSpec(spec), 2n]);
    const { value: term } = await create({ epochs: 0, gpu: "g-med", approve: true });
    expect(term["deposit"]).to.equal((RATE + parseEther("4.8")) * 4n, "one term, with the GPU");
  });

  it("job:create refuses with what is wrong", async () => {
    const bad = async (args: object) => fail("job:create", asBuyer({ spec: world.spec, class: "LOW1", ...args }));
    expect(await bad({ class: undefined })).to.equal("a job needs --class, such as LOW1: see catalog:show");
    expect(await bad({ class: "HUGE" })).to.match(/^--class: got "HUGE", want one of MICRO, LITE/u);
    expect(await bad({ class: "G-MED" })).to.match(/^--class: got "G-MED", want one of MICRO/u);
    expect(await bad({ class: "MICRO" })).to.equal(
      "the job does not fit class MICRO: milliCpu: the containers take 500, the class gives 250",
    );
    expect(await bad({ spec: "/nowhere" })).to.equal("there is no file /nowhere");
    const broken = join(folder, "broken.json");
    await writeFile(broken, JSON.stringify({ ...SPEC, name: "No Name" }));
    expect(await bad({ spec: broken })).to.match(/broken\.json is no job specification: name: /u);
    expect(await bad({ epochs: 1 })).to.equal("a job of 1 epochs is not possible: it lasts 2 to 3650");
    expect(await bad({ nodes: 0 })).to.equal("--nodes and --epochs: want 1 or more");
    expect(await bad({ maxPrice: "1" })).to.match(/^the price rose: the deposit is 3 R1 now, more than the 1 R1/u);
    expect(await bad({ from: world.accounts.stranger.address })).to.match(
      /^the deposit is 3 R1 \(\$1\.50\), and .* has 0 R1/u,
    );
    expect((await create({ dryRun: true })).value).to.have.property("dryRun", true);
    expect(await world.contracts.jobEscrow.jobCount()).to.equal(0n);
  });

  it("job:list and job:show tell of a job's life", async () => {
    expect((await succeed("job:list", common())).output).to.equal("No jobs.\n");
    await createOne();
    const { output } = await succeed("job:list", { ...common(), owner: world.accounts.buyer.address });
    expect(output).to.match(/1 +0x\w+ +LOW1 +2 +4 +12 R1 +0 R1 +waits for nodes/u);
    await assign(1);
    const { value, output: shown } = await succeed("job:show", { ...common(), job: 1 });
    expect(value).to.deep.include({ nodes: 2, active: 1, rate: RATE });
    expect(shown).to.match(/job +1: begins with epoch \d+, 1 of 2 places free/u);
    expect(shown).to.match(/ND:1 +serves +\d+ +\d+ +6 R1 +can be settled after epoch \d+/u);
    expect(await fail("job:show", { ...common(), job: 2 })).to.equal("there is no job 2: there are jobs 1 to 1");
  });

  it("job:extend and job:scale pay the job's own rate", async () => {
    await createOne();
    const longer = await succeed("job:extend", asBuyer({ job: 1, epochs: 3 }));
    expect(longer.value).to.deep.include({ epochs: 7, deposit: RATE * 6n });
    const wider = await succeed("job:scale", asBuyer({ job: 1, nodes: 3 }));
    expect(wider.value["deposit"]).to.equal(RATE * 7n);
    await assign(1, 1, 2);
    expect(await fail("job:scale", asBuyer({ job: 1, nodes: 1 }))).to.equal(
      "job 1 would be left with 2 deeds for 1 places: name as many deeds as taken places are given up. See which deeds serve with job:show.",
    );
    await succeed("job:scale", asBuyer({ job: 1, nodes: 1, leaving: "ND:2" }));
    expect(await world.contracts.jobEscrow.nodesOf(1)).to.deep.equal([1n]);
    const refunded = await succeed("job:refund", { ...common(), job: 1 });
    expect(refunded.value["refunded"]).to.equal(RATE * (7n + 6n), "the free place, and the other's rest");
    expect(await fail("job:refund", { ...common(), job: 1 })).to.match(/can still be earned by its deeds$/u);
    expect(await fail("job:scale", asBuyer({ job: 1, nodes: 1 }))).to.equal("job 1 has 1 nodes already");
    expect(await fail("job:scale", asBuyer({ job: 1, nodes: 2, leaving: "MND:1" }))).to.match(/MND:1 is no Node Deed/u);
    expect(
      await fail("job:extend", { ...common(), job: 1, epochs: 1, from: world.accounts.stranger.address }),
    ).to.match(/neither owns job 1 nor is a delegate of its owner with the right to extend\./u);
  });

  it("job:close ends a job, and returns what nobody can earn", async () => {
    await createOne();
    const { value, output } = await succeed("job:close", asBuyer({ job: 1 }));
    expect(value).to.deep.include({ refunded: RATE * 8n, left: 0n, phase: "closed before it began" });
    expect(output).to.include("Refunded 12 R1 ($6.00)");
    expect(await fail("job:close", asBuyer({ job: 1 }))).to.equal("job 1 is over or closed, or has no further epoch");
    await createOne();
    await assign(2, 1);
    const running = await succeed("job:close", asBuyer({ job: 2 }));
    expect(running.value["left"]).to.equal(RATE * 2n, "one epoch of notice, in both places");
    expect(running.output).to.include("3 R1 ($1.50) stay until its deeds are settled.");
  });

  it("job:delegate takes effect when it is accepted, and ends at once", async () => {
    const { buyer, stranger } = world.accounts;
    const offered = await succeed("job:delegate", asBuyer({ address: stranger.address, rights: "extend,close" }));
    expect(offered.value["rights"]).to.equal(0);
    expect(offered.output).to.include("has yet to accept: extend, close.");
    const asStranger = { ...common(), from: stranger.address, address: buyer.address, accept: true };
    expect(await fail("job:delegate", { ...asStranger, rights: "spec" })).to.match(/does not offer the rights 8/u);
    expect((await succeed("job:delegate", { ...asStranger, rights: "close" })).value["rights"]).to.equal(4);
    await createOne();
    await succeed("job:close", { ...common(), from: stranger.address, job: 1 });
    const ended = await succeed("job:delegate", asBuyer({ address: stranger.address }));
    expect(ended.output).to.include("may do with the jobs of").and.to.include(": nothing.");
    expect(await fail("job:delegate", asBuyer({ address: stranger.address, rights: "all" }))).to.equal(
      '--rights: got "all", want some of extend, scale, close, spec, operate, logs; or none',
    );
  });

  it("job:settle pays all that is due, with an oracle's proofs", async () => {
    await createOne();
    await assign(1, 1, 2);
    const oracle = await serveAndEnd([
      [1, 510n],
      [2, 400n],
    ]);
    const { value, output } = await succeed("job:settle", { ...common(), jobs: ["1"], oracle });
    const gross = RATE * 2n;
    const less = (RATE * 400n) / 255n;
    const kept = (less + 9n) / 10n;
    const paid = (gross * 85n) / 100n + ((less - kept) * 85n) / 100n;
    expect(value).to.deep.include({ paid, burned: gross + less - kept - paid });
    expect(output).to.include("kept in the job as the penalty");
    const again = await succeed("job:settle", { ...common(), owner: world.accounts.buyer.address, oracle });
    expect(again.output).to.match(/^Skipped job 1: nothing is due at epoch \d+\.\nNothing to settle\.\n$/u);
  });

  it("job:settle settles one deed by itself, and what left", async () => {
    await createOne();
    await assign(1, 1);
    const oracle = await serveAndEnd([[1, 255n]]);
    const { value } = await succeed("job:settle", { ...common(), jobs: ["1"], oracle, dryRun: true });
    expect(value["dryRun"]).to.equal(true);
    expect((await succeed("job:settle", { ...common(), jobs: ["1"], oracle })).value["jobs"]).to.have.length(1);
    expect((await world.contracts.jobEscrow.serviceOf(1, 1)).settled).to.equal(255n);
  });

  it("job:settle believes no oracle that lies, and says what is missing", async () => {
    await createOne();
    await assign(1, 1, 2);
    const leaves = [
      [1, 510n],
      [2, 400n],
    ] as const;
    const oracle = await serveAndEnd(leaves, (answer) =>
      "cumulatives" in answer ? { ...answer, cumulatives: ["1", "2"] } : answer,
    );
    expect(await fail("job:settle", { ...common(), jobs: ["1"], oracle })).to.match(
      /gave a proof that does not lead to an active root of epoch \d+ on chain: ask another one with --oracle$/u,
    );
    expect(await fail("job:settle", { ...common(), jobs: ["1"] })).to.equal(
      "settling needs proofs: give --oracle with the URL of an oracle",
    );
    expect(await fail("job:settle", { ...common(), jobs: ["1"], oracle: "x" })).to.match(
      /^--oracle: got "x", want a URL/u,
    );
    expect(await fail("job:settle", { ...common(), jobs: [], oracle })).to.match(
      /^name jobs, such as 3 4, or --owner/u,
    );
    expect(await fail("job:settle", { ...common(), jobs: ["one"], oracle })).to.match(
      /^job: got "one", want the number/u,
    );
  });

  /** The oracles assign these deeds to a job. */
  async function assign(jobId: number, ...joining: number[]): Promise<void> {
    const deeds = joining.length === 0 ? [1] : joining;
    const { jobEscrow } = world.contracts;
    const { sequence } = await jobEscrow.jobOf(jobId);
    const deadline = BigInt((await networkHelpers.time.latest()) + 100);
    const change = { jobId: BigInt(jobId), sequence: Number(sequence), leaving: [], joining: deeds, deadline };
    await jobEscrow.assign({ ...change, joining: [...deeds] }, await signatures(change));
  }

  async function signatures(change: Parameters<typeof assignmentData>[1]) {
    const verifyingContract = await world.contracts.jobEscrow.getAddress();
    const data = assignmentData({ chainId: world.chainId, verifyingContract }, change);
    const sorted = [...world.oracles].sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
    return Promise.all(
      sorted.map(async (oracle) => {
        const { r, yParityAndS: vs } = Signature.from(await oracle.signTypedData(data.domain, data.types, data.value));
        return { r, vs };
      }),
    );
  }

  /** Two epochs of service go by and are committed with these sums for job 1; gives an oracle that proves them. */
  async function serveAndEnd(
    sums: readonly (readonly [number, bigint])[],
    twist: (answer: Record<string, unknown>) => Record<string, unknown> = (answer) => answer,
  ): Promise<string> {
    const { epochLedger } = world.contracts;
    const start = (await world.contracts.jobEscrow.jobOf(1)).start;
    await networkHelpers.time.increaseTo(await epochLedger.epochEnd(start));
    const entries = sums.map(([token, cumulative]) => ({ kind: LeafKind.SERVICE, id: idOf(token), cumulative }));
    const commit = await commitLeaves(world, entries.sort(compareLeaves));
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const body =
          parts.length === 0 ? undefined : (JSON.parse(Buffer.concat(parts).toString()) as { deeds: string[] });
        const answer = body === undefined ? { epoch: Number(commit.epoch) } : multiproof(commit, body.deeds);
        response.end(JSON.stringify(twist(answer)));
      });
    });
    await new Promise<void>((done) => server!.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function multiproof({ file, tree }: Awaited<ReturnType<typeof commitLeaves>>, deeds: readonly string[]) {
    const leaves = deeds
      .map((deed) => Number(deed.slice(3)))
      .map((token) => ({ token, index: indexOfLeaf(file, LeafKind.SERVICE, idOf(token))! }))
      .sort((a, b) => a.index - b.index);
    return {
      tokenIds: leaves.map(({ token }) => token),
      cumulatives: leaves.map(({ index }) => file.entries[index]!.cumulative.toString()),
      ...tree.multiproof(leaves.map(({ index }) => index)),
    };
  }

  function idOf(token: number): bigint {
    return BigInt(serviceId(1n, ND(token)));
  }
});
