import { expect } from "chai";
import { recoverAddress as recover, keccak256, concat, toBeHex, Signature, toUtf8Bytes } from "ethers";
import { issueCredentials, readCredential } from "../../../../keepers/oracle/dauth/credentials.js";
import { domain, keyOf } from "./network.js";

const issuer = keyOf(7);
const node = keyOf(1).address;
const expiresAt = 1_800_000_000;

describe("credentials", () => {
  it("reads what it issued", () => {
    const { username, password } = issueCredentials(domain, issuer, { node, expiresAt });
    expect(username).to.equal(node);
    expect(readCredential(domain, username, password)).to.deep.equal({ node, issuer: issuer.address, expiresAt });
  });

  it("has the bytes that the protocol says, checked with another library", () => {
    const { password } = issueCredentials(domain, issuer, { node, expiresAt });
    const token = Buffer.from(password, "base64url");
    expect(token.readBigUInt64BE(0)).to.equal(BigInt(expiresAt));
    const digest = keccak256(
      concat([
        toUtf8Bytes("R1/credential/1"),
        toBeHex(domain.chainId, 8),
        domain.verifyingContract,
        node,
        toBeHex(expiresAt, 8),
      ]),
    );
    const r = `0x${token.subarray(8, 40).toString("hex")}`;
    const s = `0x${token.subarray(40, 72).toString("hex")}`;
    const signature = Signature.from({ r, s, yParity: token[72] === 1 ? 1 : 0 });
    expect(recover(digest, signature).toLowerCase()).to.equal(issuer.address);
  });

  it("names another issuer, or nobody, for another node, expiry, chain or contract", () => {
    const { password } = issueCredentials(domain, issuer, { node, expiresAt });
    const later = Buffer.from(password, "base64url");
    later[7] = (later[7] as number) + 1;
    const attempts = [
      readCredential(domain, keyOf(2).address, password),
      readCredential(domain, node, later.toString("base64url")),
      readCredential({ ...domain, chainId: 1n }, node, password),
      readCredential({ ...domain, verifyingContract: node }, node, password),
    ];
    expect(attempts.filter((attempt) => attempt?.issuer === issuer.address)).to.deep.equal([]);
  });

  it("takes one spelling of a token only", () => {
    const { password } = issueCredentials(domain, issuer, { node, expiresAt });
    const token = Buffer.from(password, "base64url");
    const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const spellings = Array.from(digits, (last) => password.slice(0, -1) + last);
    const same = spellings.filter((spelling) => Buffer.from(spelling, "base64url").equals(token));
    expect(same.length).to.be.greaterThan(1);
    expect(same.filter((spelling) => readCredential(domain, node, spelling) !== undefined)).to.deep.equal([password]);
  });

  it("reads nothing out of anything malformed", () => {
    const { password } = issueCredentials(domain, issuer, { node, expiresAt });
    const upper = `0x${node.slice(2).toUpperCase()}`;
    const malformed: [string | undefined, string | undefined][] = [
      [undefined, password],
      [node, undefined],
      ["", password],
      ["alice", password],
      [upper, password],
      [node, ""],
      [node, password.slice(1)],
      [node, `${password}A`],
      [node, password.replace(/^./u, "*")],
      [node, "A".repeat(password.length)],
      [node, "_".repeat(password.length)],
    ];
    for (const [username, secret] of malformed) expect(readCredential(domain, username, secret)).to.equal(undefined);
  });
});
