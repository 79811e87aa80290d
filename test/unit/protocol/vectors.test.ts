import { SimpleMerkleTree, StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { Decimal as DefaultDecimal } from "decimal.js";
import { computeAddress, keccak256, recoverAddress, Signature, TypedDataEncoder, Wallet } from "ethers";
import associations from "../../../vectors/associations.json" with { type: "json" };
import emission from "../../../vectors/emission.json" with { type: "json" };
import epochReports from "../../../vectors/epochReports.json" with { type: "json" };
import heartbeats from "../../../vectors/heartbeats.json" with { type: "json" };
import leafFiles from "../../../vectors/leafFiles.json" with { type: "json" };
import leaves from "../../../vectors/leaves.json" with { type: "json" };
import links from "../../../vectors/links.json" with { type: "json" };
import sessions from "../../../vectors/sessions.json" with { type: "json" };
import trees from "../../../vectors/trees.json" with { type: "json" };
import { bytesToHex, hexToBytes } from "../../../keepers/protocol/bytes.js";
import { minted } from "../../../keepers/protocol/emission.js";
import { decodeHeartbeat, encodeHeartbeat, type ContainerState } from "../../../keepers/protocol/heartbeat.js";
import { leafHash, LeafKind } from "../../../keepers/protocol/leaf.js";
import { decodeLeafFile, encodeLeafFile, treeOf } from "../../../keepers/protocol/leafFile.js";
import { linksHash } from "../../../keepers/protocol/links.js";
import { MerkleTree } from "../../../keepers/protocol/merkleTree.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { recoverCompact } from "../../../keepers/protocol/signing.js";
import { associationDigest, epochReportDigest, sessionDigest } from "../../../keepers/protocol/typedData.js";

/** The files are the contract between languages: here the keepers' code and libraries that share no code with it read them. */

const Decimal = DefaultDecimal.clone({ precision: 60 });

interface Columns {
  readonly kinds: number[];
  readonly ids: string[];
  readonly cumulatives: string[];
}

interface Tree extends Columns {
  readonly leaves: string[];
  readonly root: string;
  readonly proofIndices: number[];
  readonly proofs: string[][];
  readonly multiproofs: { indices: number[]; leaves: string[]; proof: string[]; proofFlags: boolean[] }[];
}

const TREES: Tree[] = [trees.n1, trees.n2, trees.n3, trees.n5, trees.n8, trees.n100];

function entriesOf({ kinds, ids, cumulatives }: Columns) {
  return kinds.map((kind, i) => ({ kind: kind as LeafKind, id: BigInt(ids[i]!), cumulative: BigInt(cumulatives[i]!) }));
}

function standardHashes(columns: Columns): string[] {
  const values = entriesOf(columns).map(({ kind, id, cumulative }) => [kind, id, cumulative]);
  const tree = StandardMerkleTree.of(values, ["uint8", "uint256", "uint256"]);
  return values.map((value) => tree.leafHash(value));
}

describe("vectors", () => {
  it("leaves.json", () => {
    expect(leaves.hashes).to.deep.equal(standardHashes(leaves));
    expect(leaves.hashes).to.deep.equal(
      entriesOf(leaves).map(({ kind, id, cumulative }) => bytesToHex(leafHash(kind, id, cumulative))),
    );
    leaves.serviceJobs.forEach((job, i) => {
      const deed = leaves.serviceDeeds[i]!;
      expect(serviceId(BigInt(job), BigInt(deed))).to.equal(leaves.serviceIds[i]);
      expect(leaves.serviceIds[i]).to.equal(keccak256(job + deed.slice(2)));
      const leaf = leafHash(LeafKind.SERVICE, BigInt(leaves.serviceIds[i]!), BigInt(leaves.serviceCumulatives[i]!));
      expect(bytesToHex(leaf)).to.equal(leaves.serviceHashes[i]);
    });
  });

  it("trees.json", () => {
    expect(TREES.map((tree) => tree.kinds.length)).to.deep.equal([1, 2, 3, 5, 8, 100]);
    for (const tree of TREES) {
      const reference = SimpleMerkleTree.of(tree.leaves, { sortLeaves: false });
      expect(tree.leaves).to.deep.equal(standardHashes(tree));
      expect(tree.root).to.equal(reference.root);
      tree.proofIndices.forEach((index, i) => {
        const proof = tree.proofs[i]!;
        expect(proof).to.deep.equal(reference.getProof(index));
        expect(MerkleTree.verify(tree.root, tree.leaves[index]!, proof)).to.equal(true);
      });
      for (const { indices, ...multiproof } of tree.multiproofs) {
        expect(multiproof).to.deep.equal(reference.getMultiProof(indices));
        expect(MerkleTree.verifyMultiproof(tree.root, multiproof)).to.equal(true);
      }
    }
  });

  it("leafFiles.json", () => {
    expect(leafFiles.files).to.have.lengthOf(4);
    for (const { encoded, dataHash, root, leafCount, ...fields } of leafFiles.files) {
      const { chainId, epoch, ledger, previousRoot } = fields;
      const entries = entriesOf(fields);
      const file = { chainId: BigInt(chainId), ledger, epoch: BigInt(epoch), previousRoot, entries };
      expect(decodeLeafFile(hexToBytes(encoded))).to.deep.equal(file);
      expect(bytesToHex(encodeLeafFile(file))).to.equal(encoded);
      expect(dataHash).to.equal(keccak256(encoded));
      expect(leafCount).to.equal(entries.length);
      if (leafCount > 0) expect(treeOf(file).root).to.equal(root);
      else expect(root).to.equal(`0x${"00".repeat(32)}`);
    }
    const [, first, second] = leafFiles.files;
    expect(second!.previousRoot).to.equal(first!.root);
  });

  it("heartbeats.json", () => {
    for (const { privateKey, message, digest, signature, assignments, states, ...fields } of heartbeats.heartbeats) {
      const { chainId, nodeRegistry, node, sequence, time, blockNumber, blockHash, load } = fields;
      const heartbeat = {
        chainId: BigInt(chainId),
        nodeRegistry,
        node,
        sequence: BigInt(sequence),
        time: BigInt(time),
        blockNumber: BigInt(blockNumber),
        blockHash,
        load,
        containers: assignments.map((assignment, i) => ({ assignment, state: states[i] as ContainerState })),
      };
      const decoded = decodeHeartbeat(hexToBytes(message));
      expect(decoded.heartbeat).to.deep.equal(heartbeat);
      expect(bytesToHex(decoded.digest)).to.equal(digest);
      expect(bytesToHex(encodeHeartbeat(heartbeat)) + signature.slice(2)).to.equal(message);
      expect(digest).to.equal(keccak256(`0x${Buffer.from("R1/heartbeat/1").toString("hex")}${message.slice(2, -130)}`));
      const recoverable = Signature.from(`${signature.slice(0, -2)}${signature.endsWith("00") ? "1b" : "1c"}`);
      expect(recoverAddress(digest, recoverable).toLowerCase()).to.equal(node);
      expect(computeAddress(privateKey).toLowerCase()).to.equal(node);
    }
  });

  it("links.json", () => {
    for (const { epoch, deeds, nodes, associatedAts, encoded, hash } of links.lists) {
      const list = deeds.map((deed, i) => ({
        deed: BigInt(deed),
        node: nodes[i]!,
        associatedAt: BigInt(associatedAts[i]!),
      }));
      expect(linksHash(BigInt(epoch), list)).to.equal(hash);
      expect(keccak256(encoded)).to.equal(hash);
    }
  });

  it("epochReports.json", () => {
    const { signers, privateKeys, reports } = epochReports;
    expect(signers).to.deep.equal([...signers].sort());
    expect(signers).to.deep.equal(privateKeys.map((key) => computeAddress(key).toLowerCase()));
    for (const { chainId, ledger, epoch, previousRoot, root, dataHash, leafCount, ...signed } of reports) {
      const domain = { chainId: BigInt(chainId), verifyingContract: ledger };
      const report = { epoch: BigInt(epoch), previousRoot, root, dataHash, leafCount: BigInt(leafCount) };
      expect(bytesToHex(epochReportDigest(domain, report))).to.equal(signed.digest);
      expect(signed.digest).to.equal(
        keccak256(`0x1901${signed.domainSeparator.slice(2)}${signed.structHash.slice(2)}`),
      );
      signers.forEach((signer, i) => {
        const compact = signed.compactSignatures[i]!;
        expect(compact).to.equal(signed.rs[i]! + signed.vss[i]!.slice(2));
        expect(recoverAddress(signed.digest, compact).toLowerCase()).to.equal(signer);
        expect(recoverCompact(hexToBytes(signed.digest), hexToBytes(compact))).to.equal(signer);
      });
    }
  });

  it("associations.json", async () => {
    for (const {
      chainId,
      nodeRegistry,
      privateKey,
      node,
      deed,
      owner,
      deadline,
      ...signed
    } of associations.associations) {
      const domain = { chainId: BigInt(chainId), verifyingContract: nodeRegistry };
      const association = { deed: BigInt(deed), owner, deadline: BigInt(deadline) };
      const wallet = new Wallet(privateKey);
      expect(wallet.address.toLowerCase()).to.equal(node);
      expect(bytesToHex(associationDigest(domain, association))).to.equal(signed.digest);
      const types = {
        Association: [
          { name: "deed", type: "uint256" },
          { name: "owner", type: "address" },
          { name: "deadline", type: "uint256" },
        ],
      };
      const named = { name: "NodeRegistry", version: "1", ...domain };
      expect(TypedDataEncoder.hash(named, types, association)).to.equal(signed.digest);
      const reference = Signature.from(await wallet.signTypedData(named, types, association));
      expect(signed.compact).to.equal(reference.compactSerialized);
      expect(signed.r + signed.vs.slice(2)).to.equal(reference.compactSerialized);
    }
  });

  it("sessions.json", () => {
    for (const { chainId, nodeRegistry, node, challenge, expiresAt, digest, compact } of sessions.sessions) {
      const domain = { chainId: BigInt(chainId), verifyingContract: nodeRegistry };
      const session = { node, challenge, expiresAt: BigInt(expiresAt) };
      expect(bytesToHex(sessionDigest(domain, session))).to.equal(digest);
      expect(recoverAddress(digest, compact).toLowerCase()).to.equal(node);
    }
  });

  it("emission.json", () => {
    for (const { curve, allocation, duration, cumulatives, minted: amounts } of Object.values(emission)) {
      const schedule = {
        curve: curve as "linear" | "logistic",
        allocation: BigInt(allocation),
        duration: BigInt(duration),
      };
      expect(cumulatives.length).to.be.above(400);
      cumulatives.forEach((cumulative, i) => {
        expect(minted(schedule, BigInt(cumulative)), cumulative).to.equal(BigInt(amounts[i]!));
        const expected = share(schedule.curve, cumulative, duration).mul(allocation);
        const error = expected.sub(amounts[i]!).abs();
        expect(error.lte(expected.mul("1e-12").add(3)), `${curve} ${cumulative}: ${amounts[i]}`).to.equal(true);
      });
    }
  });
});

/** The paper's F(x): linear, or a logistic curve with k = 10 and m = 437/677, shifted and scaled to run from 0 to 1. */
function share(curve: "linear" | "logistic", cumulative: string, duration: string): DefaultDecimal {
  const progress = Decimal.min(new Decimal(cumulative).div(255).div(duration), 1);
  if (curve === "linear") return progress;
  const at = (fraction: DefaultDecimal) => {
    const exponent = fraction.sub(new Decimal(437).div(677)).mul(-10);
    return new Decimal(1).div(exponent.exp().add(1));
  };
  const [low, high] = [at(new Decimal(0)), at(new Decimal(1))];
  return at(progress).sub(low).div(high.sub(low));
}
