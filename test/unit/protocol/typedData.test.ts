import { expect } from "chai";
import { AbiCoder, concat, getAddress, id, keccak256, verifyTypedData, Wallet } from "ethers";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { recoverAddress, SigningKey } from "../../../keepers/protocol/signing.js";
import {
  answerData,
  answerDigest,
  associationData,
  associationDigest,
  epochReportData,
  epochReportDigest,
  sessionData,
  sessionDigest,
} from "../../../keepers/protocol/typedData.js";

const PRIVATE_KEY = `0x${"11".repeat(32)}`;
const KEY = new SigningKey(PRIVATE_KEY);
const DOMAIN = { chainId: 8453n, verifyingContract: `0x${"22".repeat(20)}` };
const HASH = (byte: string) => `0x${byte.repeat(32)}`;
const REPORT = { epoch: 223n, previousRoot: HASH("aa"), root: HASH("bb"), dataHash: HASH("cc"), leafCount: 46_224n };
const ASSOCIATION = { deed: (1n << 248n) | 5n, owner: `0x${"33".repeat(20)}`, deadline: 1_750_000_000n };
const ANSWER = { oracle: KEY.address, deadline: 1_750_000_000n };
const SESSION = { node: KEY.address, challenge: HASH("dd"), expiresAt: 1_750_000_060n };

/** EIP-712 by hand: what the contracts compute. */
function byHand(name: string, type: string, types: string[], values: unknown[], domain = DOMAIN): string {
  const coder = AbiCoder.defaultAbiCoder();
  const separator = keccak256(
    coder.encode(
      ["bytes32", "bytes32", "bytes32", "uint256", "address"],
      [
        id("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
        id(name),
        id("1"),
        domain.chainId,
        domain.verifyingContract,
      ],
    ),
  );
  const struct = keccak256(coder.encode(["bytes32", ...types], [id(type), ...values]));
  return keccak256(concat(["0x1901", separator, struct]));
}

describe("typed data", () => {
  it("digest of an epoch report is EIP-712's, under the ledger's domain", () => {
    const type = "EpochReport(uint64 epoch,bytes32 previousRoot,bytes32 root,bytes32 dataHash,uint64 leafCount)";
    const types = ["uint64", "bytes32", "bytes32", "bytes32", "uint64"];
    const expected = byHand("EpochLedger", type, types, Object.values(REPORT));
    expect(bytesToHex(epochReportDigest(DOMAIN, REPORT))).to.equal(expected);
  });

  it("digest of an association is EIP-712's, under the node registry's domain", () => {
    const type = "Association(uint256 deed,address owner,uint256 deadline)";
    const expected = byHand("NodeRegistry", type, ["uint256", "address", "uint256"], Object.values(ASSOCIATION));
    expect(bytesToHex(associationDigest(DOMAIN, ASSOCIATION))).to.equal(expected);
  });

  it("digest of an answer to a challenge is EIP-712's, under the oracle registry's domain", () => {
    const type = "Answer(address oracle,uint64 deadline)";
    const expected = byHand("OracleRegistry", type, ["address", "uint64"], Object.values(ANSWER));
    expect(bytesToHex(answerDigest(DOMAIN, ANSWER))).to.equal(expected);
  });

  it("digest of a session is EIP-712's, under dAuth's domain", () => {
    const type = "Session(address node,bytes32 challenge,uint64 expiresAt)";
    const expected = byHand("dAuth", type, ["address", "bytes32", "uint64"], Object.values(SESSION));
    expect(bytesToHex(sessionDigest(DOMAIN, SESSION))).to.equal(expected);
  });

  it("is what wallets sign and what the keepers' own key signs", async () => {
    const wallet = new Wallet(PRIVATE_KEY);
    const messages = [
      epochReportData(DOMAIN, REPORT),
      associationData(DOMAIN, ASSOCIATION),
      answerData(DOMAIN, ANSWER),
      sessionData(DOMAIN, SESSION),
    ];
    for (const { domain, types, value } of messages) {
      const signature = await wallet.signTypedData(domain, types, value);
      expect(verifyTypedData(domain, types, value, signature)).to.equal(getAddress(KEY.address));
    }
    const digest = associationDigest(DOMAIN, ASSOCIATION);
    expect(recoverAddress(digest, KEY.sign(digest))).to.equal(KEY.address);
  });

  it("differs for every field, chain and contract", () => {
    const digests = [
      epochReportDigest(DOMAIN, REPORT),
      epochReportDigest({ ...DOMAIN, chainId: 1n }, REPORT),
      epochReportDigest({ ...DOMAIN, verifyingContract: `0x${"23".repeat(20)}` }, REPORT),
      epochReportDigest(DOMAIN, { ...REPORT, epoch: 224n }),
      epochReportDigest(DOMAIN, { ...REPORT, previousRoot: HASH("00") }),
      epochReportDigest(DOMAIN, { ...REPORT, root: HASH("00") }),
      epochReportDigest(DOMAIN, { ...REPORT, dataHash: HASH("00") }),
      epochReportDigest(DOMAIN, { ...REPORT, leafCount: 1n }),
    ].map(bytesToHex);
    expect(new Set(digests).size).to.equal(digests.length);
  });

  it("refuses values beyond their type", () => {
    expect(() => epochReportDigest(DOMAIN, { ...REPORT, epoch: 2n ** 64n })).to.throw(/out-of-bounds/);
    expect(() => epochReportDigest(DOMAIN, { ...REPORT, root: "0x12" })).to.throw(/bytes32/);
    expect(() => associationDigest(DOMAIN, { ...ASSOCIATION, deed: -1n })).to.throw(/out-of-bounds/);
  });
});
