import { expect } from "chai";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { AbiCoder, keccak256 } from "ethers";
import type { Commit } from "../../../../keepers/chain/protocolState.js";
import type { DiskFile } from "../../../../keepers/core/disk.js";
import { availabilityCredit } from "../../../../keepers/protocol/leafFile.js";
import { MerkleTree } from "../../../../keepers/protocol/merkleTree.js";
import { ACTIVATION_DELAY, committedAt, mnd, nd, World } from "./world.js";

interface Proof {
  readonly epoch: number;
  readonly root: string;
  readonly deed: string;
  readonly name: string;
  readonly cumulative: string;
  readonly leaf: string;
  readonly proof: string[];
}

interface Multiproof {
  readonly root: string;
  readonly deeds: string[];
  readonly cumulatives: string[];
  readonly proof: string[];
  readonly proofFlags: boolean[];
}

/** The leaf as the contract computes it, by another library. */
function leafOf(deed: bigint, cumulative: bigint): string {
  const encoded = AbiCoder.defaultAbiCoder().encode(["uint8", "uint256", "uint256"], [1, deed, cumulative]);
  return keccak256(keccak256(encoded));
}

/** Where a cumulative value stands. */
function sumAt(bytes: Uint8Array, sum: bigint): number {
  const wanted = Buffer.alloc(8);
  wanted.writeBigUInt64BE(sum);
  return Buffer.from(bytes).indexOf(wanted);
}

const credit = availabilityCredit;

describe("epochs over HTTP", () => {
  let world: World;
  let third: Commit;
  let fifth: Commit;

  beforeEach(async () => {
    world = new World();
    third = await world.commit(3n, [credit(nd(1), 255), credit(nd(2), 10)]);
    fifth = await world.commit(5n, [credit(nd(1), 200), credit(nd(2), 255), credit(mnd(1), 7)]);
    await world.start();
  });

  afterEach(() => world.close());

  describe("the report", () => {
    it("is given for a number and for latest", async () => {
      const expected = {
        epoch: 5,
        previousRoot: third.root,
        root: fifth.root,
        dataHash: fifth.dataHash,
        leafCount: 3,
        txHash: fifth.transactionHash,
        signers: fifth.signers,
        active: true,
        activeFrom: committedAt(5n) + ACTIVATION_DELAY,
      };
      expect(await world.json("/epochs/5")).to.deep.equal({ status: 200, body: expected });
      expect(await world.json("/epochs/latest")).to.deep.equal({ status: 200, body: expected });
    });

    it("is listed newest first, in pages", async () => {
      const numbers = async (query: string): Promise<number[]> => {
        const { body } = await world.json(`/epochs${query}`);
        return (body as { epochs: { epoch: number }[] }).epochs.map(({ epoch }) => epoch);
      };
      expect(await numbers("")).to.deep.equal([5, 3]);
      expect(await numbers("?limit=1")).to.deep.equal([5]);
      expect(await numbers("?before=5")).to.deep.equal([3]);
      expect(await numbers("?before=4")).to.deep.equal([3]);
      expect(await numbers("?before=3")).to.deep.equal([]);
    });

    it("is not there for epochs that were skipped or are to come, nor before the first commit", async () => {
      expect(await world.failure("/epochs/4")).to.deep.equal([404, "EPOCH_NOT_COMMITTED"]);
      expect(await world.failure("/epochs/6/leaves")).to.deep.equal([404, "EPOCH_NOT_COMMITTED"]);
      const empty = new World();
      await empty.start();
      expect(await empty.failure("/epochs/latest/proofs/ND:1")).to.deep.equal([404, "EPOCH_NOT_COMMITTED"]);
      expect(await empty.json("/epochs")).to.deep.equal({ status: 200, body: { epochs: [] } });
      await empty.close();
    });

    for (const path of [
      "/epochs/-1",
      "/epochs/x",
      "/epochs/1e3",
      "/epochs/0x5",
      "/epochs?limit=0",
      "/epochs?limit=201",
    ]) {
      it(`refuses ${path} with 400`, async () => {
        expect(await world.failure(path)).to.deep.equal([400, "BAD_REQUEST"]);
      });
    }
  });

  describe("the leaf file", () => {
    it("has the hash that the report names, which is its ETag", async () => {
      const response = await world.get("/epochs/5/leaves");
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(keccak256(bytes)).to.equal(fifth.dataHash);
      expect(response.headers.get("etag")).to.equal(`"${fifth.dataHash}"`);
      expect(response.headers.get("content-type")).to.equal("application/octet-stream");
    });

    it("is not sent again to who has it", async () => {
      const headers = { "if-none-match": `"${fifth.dataHash}"` };
      expect((await world.get("/epochs/latest/leaves", { headers })).status).to.equal(304);
      expect((await world.get("/epochs/3/leaves", { headers })).status).to.equal(200);
    });

    it("is never one that the chain did not commit to", async () => {
      const other = await world.archive.get(3n);
      await world.archive.put(5n, other!.leafFile, other!.meta);
      expect(await world.failure("/epochs/5/leaves")).to.deep.equal([503, "LEAVES_MISSING"]);
    });

    it("that is missing here makes latest the epoch before, and the number unavailable", async () => {
      await world.commit(6n, [credit(nd(1), 1)], false);
      expect(await world.failure("/epochs/6/proofs/ND:1")).to.deep.equal([503, "LEAVES_MISSING"]);
      const { body } = await world.json("/epochs/latest/proofs/ND:1");
      expect((body as Proof).epoch).to.equal(5);
    });
  });

  describe("a proof", () => {
    const leaves = [leafOf(nd(1), 455n), leafOf(nd(2), 265n), leafOf(mnd(1), 7n)];

    it("leads from the deed's leaf to the committed root, by OpenZeppelin's own tree", async () => {
      const reference = SimpleMerkleTree.of(leaves, { sortLeaves: false });
      const { status, body } = await world.json("/epochs/5/proofs/ND:2");
      const expected = {
        epoch: 5,
        root: reference.root,
        deed: nd(2).toString(),
        name: "ND:2",
        cumulative: "265",
        leaf: leaves[1],
        proof: reference.getProof(1),
        active: true,
        activeFrom: committedAt(5n) + ACTIVATION_DELAY,
      };
      expect({ status, body }).to.deep.equal({ status: 200, body: expected });
      expect(fifth.root).to.equal(reference.root);
    });

    it("is found by each way of writing a deed", async () => {
      const ways = ["ND:2", "nd-2", "ND%232", nd(2).toString()];
      const bodies = await Promise.all(
        ways.map(async (way) => (await world.json(`/epochs/latest/proofs/${way}`)).body),
      );
      expect(new Set(bodies.map((body) => (body as Proof).leaf))).to.deep.equal(new Set([leaves[1]]));
    });

    it("of an older epoch has that epoch's root and sum", async () => {
      const { root, cumulative, leaf, proof } = (await world.json("/epochs/3/proofs/ND:2")).body as Proof;
      expect([root, cumulative]).to.deep.equal([third.root, "10"]);
      expect(MerkleTree.verify(root, leaf, proof)).to.equal(true);
    });

    it("does not exist for a deed without credit", async () => {
      expect(await world.failure("/epochs/3/proofs/MND:1")).to.deep.equal([404, "DEED_HAS_NO_LEAF"]);
    });

    for (const deed of ["5", "XD:1", "ND:", "ND:x", "0", "9".repeat(78)]) {
      it(`is refused for ${deed} with 400`, async () => {
        expect(await world.failure(`/epochs/5/proofs/${deed}`)).to.deep.equal([400, "DEED_INVALID"]);
      });
    }

    it("reads an epoch once, however many ask at once, and again when it was forgotten or another took its place", async () => {
      await Promise.all(Array.from({ length: 20 }, () => world.json("/epochs/5/proofs/ND:1")));
      await world.json("/epochs/5/proofs/ND:2");
      expect(world.reads).to.deep.equal([5n]);
      const sixth = await world.commit(6n, [credit(nd(1), 1)]);
      await world.json("/epochs/6/proofs/ND:1");
      world.rewind(fifth);
      const again = await world.commit(6n, [credit(nd(1), 9)]);
      expect(again.root).not.to.equal(sixth.root);
      const { root, cumulative } = (await world.json("/epochs/6/proofs/ND:1")).body as Proof;
      expect([root, cumulative]).to.deep.equal([again.root, "465"]); // 455 + 1 + 9
    });

    it("is found as soon as the leaf file is there", async () => {
      const commit = await world.commit(6n, [credit(nd(1), 1)]);
      const kept = await world.archive.get(6n);
      const get = world.archive.get.bind(world.archive);
      world.archive.get = async (epoch) => (epoch === 6n ? undefined : get(epoch));
      expect(await world.failure("/epochs/6/proofs/ND:1")).to.deep.equal([503, "LEAVES_MISSING"]);
      world.archive.get = get;
      expect(kept?.meta.dataHash).to.equal(commit.dataHash);
      expect((await world.json("/epochs/6/proofs/ND:1")).status).to.equal(200);
    });

    it("comes from the disk: an epoch's leaf file is read once, also when many others were asked for since", async () => {
      for (let epoch = 6n; epoch < 12n; epoch++) await world.commit(epoch, [credit(nd(1), 1)]);
      const ask = async (): Promise<void> => {
        for (let epoch = 5; epoch < 12; epoch++) expect((await proofOf(epoch)).cumulative).to.equal(`${450 + epoch}`);
      };
      await ask();
      expect(world.reads).to.have.lengthOf(7);
      await ask();
      expect(world.reads).to.have.lengthOf(7);
    });

    it("is made again when the tree's file is lost or damaged, once for all who ask", async () => {
      const path = "/epochs/5.tree";
      const expected = await proofOf(5);
      const bytes = (await world.disk.readFile(path))!;
      const damages: [string, (file: DiskFile) => Promise<void>][] = [
        ["emptied", (file) => file.truncate(0)],
        ["cut short", (file) => file.truncate(230)],
        ["a changed sum", (file) => file.write(sumAt(bytes, 455n), Uint8Array.of(1))],
        ["all zeros behind the head", (file) => file.write(100, new Uint8Array(bytes.length - 100))],
      ];
      for (const [name, damage] of damages) {
        await damage(await world.disk.open(path));
        const before = world.reads.length;
        const proofs = await Promise.all(Array.from({ length: 10 }, directProof));
        for (const proof of proofs) expect(proof, name).to.deep.equal(expected.proof);
        expect(world.reads.length - before, name).to.equal(1);
        expect(await proofOf(5), name).to.deep.equal(expected);
        expect(Buffer.compare((await world.disk.readFile(path))!, bytes), name).to.equal(0);
      }
    });

    it("is made again after a restart that finds no tree, or another epoch's", async () => {
      const path = "/epochs/5.tree";
      await proofOf(5);
      const bytes = (await world.disk.readFile(path))!;
      const damages = [
        () => world.disk.remove(path),
        async () => (await world.disk.open(path)).write(20, Uint8Array.of(bytes[20]! ^ 1)),
      ];
      for (const damage of damages) {
        await damage();
        const sum = await world.reader().prove(5n, async (_commit, tree) => (await tree.find(1, nd(2)))?.cumulative);
        expect(sum).to.equal(265n);
        expect(Buffer.compare((await world.disk.readFile(path))!, bytes)).to.equal(0);
      }
    });

    it("is not given from an archive that does not have what the chain committed to, and leaves no file behind", async () => {
      const other = await world.archive.get(3n);
      await world.archive.put(5n, other!.leafFile, other!.meta);
      expect(await world.failure("/epochs/5/proofs/ND:1")).to.deep.equal([503, "LEAVES_MISSING"]);
      expect(await world.disk.list("/epochs")).to.deep.equal([]);
    });

    it("fails with the disk, and is there again with it", async () => {
      world.disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC", written: 1 } : undefined);
      expect(await world.failure("/epochs/5/proofs/ND:1")).to.deep.equal([500, "INTERNAL"]);
      world.disk.fault = () => undefined;
      expect((await proofOf(5)).cumulative).to.equal("455");
    });

    /** Without HTTP in between, so that all really ask at once. */
    function directProof(): Promise<readonly string[] | undefined> {
      return world.epochs.prove(5n, async (_commit, tree) => {
        const leaf = await tree.find(1, nd(1));
        return leaf && tree.proof(leaf);
      });
    }

    async function proofOf(epoch: number): Promise<Proof> {
      return (await world.json(`/epochs/${epoch}/proofs/ND:1`)).body as Proof;
    }
  });

  describe("a multiproof", () => {
    it("proves several deeds, in the order that the contract expects, whatever order was asked", async () => {
      const { status, body } = await world.json("/epochs/latest/multiproof", { deeds: ["MND:1", "ND:1"] });
      const { root, deeds, cumulatives, proof, proofFlags } = body as Multiproof;
      expect(status).to.equal(200);
      const leaves = deeds.map((deed, index) => leafOf(BigInt(deed), BigInt(cumulatives[index]!)));
      expect(leaves).to.have.members([leafOf(nd(1), 455n), leafOf(mnd(1), 7n)]);
      expect(root).to.equal(fifth.root);
      expect(SimpleMerkleTree.verifyMultiProof(root, { leaves, proof, proofFlags })).to.equal(true);
    });

    it("proves a deed alone, and all of them", async () => {
      for (const asked of [["ND:2"], ["ND:1", "ND:2", "MND:1"]]) {
        const { body } = await world.json("/epochs/5/multiproof", { deeds: asked });
        const { root, deeds, cumulatives, proof, proofFlags } = body as Multiproof;
        const leaves = deeds.map((deed, index) => leafOf(BigInt(deed), BigInt(cumulatives[index]!)));
        expect(leaves).to.have.length(asked.length);
        expect(SimpleMerkleTree.verifyMultiProof(root, { leaves, proof, proofFlags })).to.equal(true);
      }
    });

    const wrong: [unknown, number, string][] = [
      [{}, 400, "BAD_REQUEST"],
      [{ deeds: [] }, 400, "BAD_REQUEST"],
      [{ deeds: "ND:1" }, 400, "BAD_REQUEST"],
      [{ deeds: [1] }, 400, "BAD_REQUEST"],
      [{ deeds: ["ND:1"], more: 1 }, 400, "BAD_REQUEST"],
      [{ deeds: Array.from({ length: 501 }, (_, i) => `ND:${i}`) }, 400, "BAD_REQUEST"],
      [{ deeds: ["ND:1", "XX:1"] }, 400, "DEED_INVALID"],
      [{ deeds: ["ND:1", "nd-1"] }, 400, "DEED_REPEATED"],
      [{ deeds: ["ND:1", "ND:77"] }, 404, "DEED_HAS_NO_LEAF"],
    ];
    for (const [body, status, code] of wrong) {
      it(`is refused with ${code} for ${JSON.stringify(body).slice(0, 50)}`, async () => {
        expect(await world.failure("/epochs/5/multiproof", body)).to.deep.equal([status, code]);
      });
    }
  });

  describe("while the last epoch can be disproved", () => {
    const activeFrom = committedAt(5n) + ACTIVATION_DELAY;

    beforeEach(() => {
      world.chainTime = activeFrom - 1;
    });

    it("proves against the epoch before it, unless it is asked for by number or as pending", async () => {
      const answerTo = async (path: string, body?: unknown) => {
        const answer = (await world.json(path, body)).body as { epoch: number; active: boolean; activeFrom: number };
        return [answer.epoch, answer.active, answer.activeFrom];
      };
      const before = [3, true, committedAt(3n) + ACTIVATION_DELAY];
      const pending = [5, false, activeFrom];
      const deeds = ["ND:1"];
      for (const what of ["", "/proofs/ND:1"]) {
        expect(await answerTo(`/epochs/latest${what}`)).to.deep.equal(before);
        expect(await answerTo(`/epochs/5${what}`)).to.deep.equal(pending);
        expect(await answerTo(`/epochs/pending${what}`)).to.deep.equal(pending);
      }
      expect(await answerTo("/epochs/latest/multiproof", { deeds })).to.deep.equal(before);
      expect(await answerTo("/epochs/pending/multiproof", { deeds })).to.deep.equal(pending);
      const leaves = await world.get("/epochs/pending/leaves");
      expect([leaves.headers.get("x-epoch"), leaves.headers.get("cache-control")]).to.deep.equal(["5", "no-cache"]);
      world.chainTime = activeFrom;
      expect(await answerTo("/epochs/latest/proofs/ND:1")).to.deep.equal([5, true, activeFrom]);
      expect(await world.failure("/epochs/pending")).to.deep.equal([404, "EPOCH_NOT_COMMITTED"]);
    });

    it("says from when there is something to claim against, when it is the first", async () => {
      world.rewind(third);
      world.chainTime = committedAt(3n);
      const { status, body } = await world.json("/epochs/latest/proofs/ND:1");
      expect(status).to.equal(404);
      expect(body).to.deep.equal({
        code: "EPOCH_PENDING",
        message: "no epoch is active yet: epoch 3 is the first, and becomes active at 1970-01-05T01:00:00.000Z",
      });
    });
  });

  it("turns requests away when too many wait", async () => {
    const busy = new World({ waitingReads: 2 });
    await busy.commit(1n, [credit(nd(1), 1)]);
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => busy.epochs.leaves(1n)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).to.have.length(2);
  });
});
