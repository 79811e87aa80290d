/**
 * rewards:show, rewards:claim, epoch:show, supply:show
 *
 * Given ND:1 to ND:12 with nodes, and an epoch committed in which ND:i was credited 255 − i bytes, ND:12 nothing
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { encodeLeafFile, indexOfLeaf, treeOf } from "../../../keepers/protocol/leafFile.js";
import { LeafKind } from "../../../keepers/protocol/leaf.js";
import { parseDeedName } from "../../../keepers/protocol/deedId.js";
import { minted } from "../../../keepers/protocol/emission.js";
import { NODE_DEED_ALLOCATION } from "../../../keepers/protocol/supply.js";
import { buyAndAssociate, commitEpoch, deployWorld, fail, folder, ND, networkHelpers, succeed } from "./world.js";

const DEEDS = 12;
const bytes = (token: number): bigint => BigInt(255 - token);

async function withEpoch() {
  const world = await deployWorld();
  await buyAndAssociate(world, DEEDS);
  const sums = Array.from({ length: DEEDS - 1 }, (_, i) => [ND(i + 1), bytes(i + 1)] as const);
  return { ...world, commit: await commitEpoch(world, sums), sums };
}

/** What the curve says, from the emission library that is checked against an independent model. */
const due = (cumulative: bigint): bigint =>
  minted({ curve: "linear", allocation: NODE_DEED_ALLOCATION, duration: 1_080n }, cumulative);

interface Claims {
  readonly total: bigint;
  readonly batches: readonly { readonly deeds: readonly string[]; readonly gasUsed: bigint }[];
  readonly skipped: readonly { readonly deed: string; readonly reason: string }[];
}

describe("Reward tasks", () => {
  let world: Awaited<ReturnType<typeof withEpoch>>;
  let server: Server | undefined;

  beforeEach(async () => {
    world = await networkHelpers.loadFixture(withEpoch);
  });

  afterEach(() => server?.close());

  const common = () => ({ deployment: world.deployment });
  const withLeaves = (args: object) => ({ ...common(), leaves: world.commit.leaves, ...args });
  const claim = async (args: object) => (await succeed("rewards:claim", withLeaves(args))).value as unknown as Claims;

  /** An oracle's API for the committed epoch; `twist` changes what it answers. */
  async function serve(twist: (answer: Record<string, unknown>) => Record<string, unknown> = (answer) => answer) {
    const { tree, file, report } = world.commit;
    const indexOf = (name: string) => indexOfLeaf(file, LeafKind.AVAILABILITY, parseDeedName(name));
    server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const name = /proofs\/(.*)$/u.exec(request.url ?? "")?.[1];
        const body =
          name === undefined ? (JSON.parse(Buffer.concat(parts).toString()) as { deeds: string[] }) : undefined;
        const indices = (body?.deeds ?? [name ?? ""]).map(indexOf).sort((a, b) => (a ?? 0) - (b ?? 0)) as number[];
        const known = indices.every((index) => typeof index === "number");
        response.statusCode = known ? 200 : 404;
        if (!known) return response.end("{}");
        const entries = indices.map((index) => file.entries[index]!);
        const base = { epoch: Number(report.epoch), root: report.root };
        const { proof, proofFlags } = tree.multiproof(indices);
        const single = {
          deed: entries[0]!.id.toString(),
          cumulative: entries[0]!.cumulative.toString(),
          proof: tree.proof(indices[0]!),
        };
        const many = {
          deeds: entries.map(({ id }) => id.toString()),
          cumulatives: entries.map(({ cumulative }) => cumulative.toString()),
          proof,
          proofFlags,
        };
        return response.end(JSON.stringify(twist({ ...base, ...(name === undefined ? many : single) })));
      });
    });
    await new Promise<void>((done) => server!.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("rewards:show tells what each deed can claim, and why not", async () => {
    const { value, output } = await succeed("rewards:show", withLeaves({ deeds: ["ND:2", "ND:1", "ND:12"] }));
    const rewards = value["rewards"] as { deed: string; claimable: bigint; reason: string | null }[];
    expect(rewards.map(({ deed, claimable, reason }) => [deed, claimable, reason])).to.deep.equal([
      ["ND:1", due(254n), null],
      ["ND:2", due(253n), null],
      ["ND:12", 0n, "never credited"],
    ]);
    expect(value["total"]).to.equal(due(254n) + due(253n));
    expect(output).to.match(/Claimable in all: 2\.8\d+ R1 \(\$1\.4\d\)\./u);
  });

  it("rewards:claim claims one deed for its owner, whoever sends it", async () => {
    const { buyer, stranger } = world.accounts;
    const before = await world.contracts.r1.balanceOf(buyer.address);
    const { total } = await claim({ deeds: ["ND:3"], from: stranger.address });
    expect(total).to.equal(due(252n));
    expect((await world.contracts.r1.balanceOf(buyer.address)) - before).to.equal(due(252n));
    const again = await claim({ deeds: ["ND:3"] });
    expect(again).to.deep.include({ total: 0n, batches: [], skipped: [{ deed: "ND:3", reason: "nothing new" }] });
  });

  it("rewards:claim claims all deeds of an owner in batches under a gas limit", async () => {
    const owner = world.accounts.buyer.address;
    const { total, batches, skipped } = await claim({ owner, gasLimit: 200_000 });
    expect(total).to.equal(world.sums.reduce((sum, [, cumulative]) => sum + due(cumulative), 0n));
    expect(batches.length)
      .to.be.greaterThan(1)
      .and.lessThan(DEEDS - 1);
    for (const { gasUsed } of batches) expect(gasUsed <= 200_000n).to.be.true;
    const claimed = batches.flatMap(({ deeds }) => deeds);
    expect(claimed).to.deep.equal(world.sums.map((_, i) => `ND:${i + 1}`));
    expect(skipped).to.deep.equal([{ deed: "ND:12", reason: "never credited" }]);
  });

  it("rewards:claim sends nothing with --dry-run", async () => {
    const { total, batches } = await claim({ owner: world.accounts.buyer.address, dryRun: true });
    expect(total).to.equal(world.sums.reduce((sum, [, cumulative]) => sum + due(cumulative), 0n));
    expect(batches).to.have.length(1);
    expect((await world.contracts.nodeDeed.recordOf(1n)).claimed).to.equal(0n);
  });

  it("banned deeds and owners are skipped with the reason", async () => {
    const { compliance, buyer } = world.accounts;
    await world.contracts.nodeDeed.connect(compliance).ban(1n, "test");
    expect((await claim({ deeds: ["ND:1"] })).skipped).to.deep.equal([{ deed: "ND:1", reason: "deed banned" }]);
    await world.contracts.operatorRegistry.connect(compliance).ban(buyer.address, "test");
    expect((await claim({ deeds: ["ND:2"] })).skipped).to.deep.equal([{ deed: "ND:2", reason: "owner banned" }]);
  });

  it("an oracle's proofs do as well as a leaf file", async () => {
    const oracle = await serve();
    const args = { ...common(), owner: world.accounts.buyer.address, oracle };
    const { value } = await succeed("rewards:claim", args);
    expect(value["total"]).to.equal(world.sums.reduce((sum, [, cumulative]) => sum + due(cumulative), 0n));
    expect(value["skipped"]).to.deep.equal([{ deed: "ND:12", reason: "never credited" }]);
  });

  it("an oracle that lies is not believed", async () => {
    const inflated = await serve((answer) => ("deed" in answer ? { ...answer, cumulative: "255" } : answer));
    expect(await fail("rewards:show", { ...common(), deeds: ["ND:1"], oracle: inflated })).to.match(
      /^no oracle gave a right proof: .*its proof does not lead to the root/u,
    );
    server?.close();
    const other = await serve((answer) => ("deed" in answer ? answer : { ...answer, cumulatives: ["255", "255"] }));
    expect(await fail("rewards:claim", { ...common(), deeds: ["ND:1", "ND:2"], oracle: other })).to.equal(
      `oracle ${other} gave a proof that does not lead to the root of epoch ${world.commit.epoch} on chain: ` +
        "ask another one, or use --leaves",
    );
  });

  it("bad inputs are refused with what is wrong", async () => {
    expect(await fail("rewards:show", { ...common(), deeds: ["ND:1"] })).to.equal(
      "rewards need proofs: give --oracle with the URL of an oracle, or --leaves with a leaf file",
    );
    expect(await fail("rewards:show", withLeaves({}))).to.equal(
      "name deeds, such as ND:5 ND:6, or --owner for all deeds of an address; not both",
    );
    const stranger = world.accounts.stranger.address;
    expect(await fail("rewards:show", withLeaves({ owner: stranger }))).to.equal(`${stranger} owns no deed`);
    expect(await fail("rewards:claim", withLeaves({ deeds: ["ND:1"], gasLimit: 10 }))).to.equal(
      "--gas-limit: got 10, want 100000 or more",
    );
    const rubbish = join(folder, "rubbish.bin");
    await writeFile(rubbish, "rubbish");
    expect(await fail("rewards:show", withLeaves({ deeds: ["ND:1"], leaves: rubbish }))).to.match(
      /rubbish\.bin is no leaf file: /u,
    );
    expect(await fail("rewards:show", withLeaves({ deeds: ["ND:1"], leaves: "/nowhere" }))).to.equal(
      "there is no leaf file /nowhere",
    );
  });

  it("a leaf file of another root is refused", async () => {
    const { file, epoch, tree } = world.commit;
    const entries = file.entries.map((entry) => ({ ...entry, cumulative: 255n }));
    const leaves = join(folder, "inflated.bin");
    await writeFile(leaves, encodeLeafFile({ ...file, entries }));
    const root = treeOf({ ...file, entries }).root;
    expect(await fail("rewards:claim", withLeaves({ deeds: ["ND:1"], leaves }))).to.equal(
      `leaf file ${leaves} has root ${root}, and epoch ${epoch} has root ${tree.root} on chain`,
    );
    await writeFile(leaves, encodeLeafFile({ ...file, epoch: epoch + 1n }));
    expect(await fail("rewards:claim", withLeaves({ deeds: ["ND:1"], leaves }))).to.equal(
      `leaf file ${leaves} is of epoch ${epoch + 1n}, which has no active root`,
    );
    await writeFile(leaves, encodeLeafFile({ ...file, chainId: 1n }));
    expect(await fail("rewards:claim", withLeaves({ deeds: ["ND:1"], leaves }))).to.equal(
      `leaf file ${leaves} is of ledger ${file.ledger} on chain 1, not of ${file.ledger} on chain 31337`,
    );
  });

  it("epoch:show tells of the last committed epoch and who signed it", async () => {
    const { value, output } = await succeed("epoch:show", common());
    const { epoch, root, dataHash, leafCount } = world.commit.report;
    const addresses = world.oracles
      .map(({ address }) => address)
      .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
    expect(value["commit"]).to.deep.include({ epoch, root, dataHash, leafCount, signers: addresses, setSize: 3 });
    expect(value["commit"]).to.have.property("txHash", world.commit.txHash);
    expect(value["current"]).to.equal(epoch + 1n);
    expect(output).to.include("signed by 3 of 3").and.to.include("in 16 min");
    expect(await fail("epoch:show", { ...common(), epoch: "7" })).to.equal(
      "epoch 7 has no committed root: it still runs, is being agreed on, was skipped, or was disproved",
    );
  });

  it("supply:show adds up", async () => {
    const { value, output } = await succeed("supply:show", common());
    const { minted: made, burned, total } = value as { minted: bigint; burned: bigint; total: bigint };
    expect(made - burned).to.equal(total);
    expect(burned > 0n).to.be.true;
    expect(output).to.include("12 of 46,224").and.to.include("161,803,398 R1");
    expect(value["classes"]).to.deep.include({ kind: "GND", issued: 0n, startEpoch: 0n, duration: 365n });
  });
});
