import { expect } from "chai";
import fc from "fast-check";
import { recoverAddress as recover, keccak256, concat, toBeHex, Signature, toUtf8Bytes } from "ethers";
import { issueCredentials, readCredential } from "../../../../keepers/oracle/dauth/credentials.js";
import { domain, issue, keyOf } from "./network.js";

const issuer = keyOf(7);
const node = keyOf(1).address;
const issuedAt = 1_799_996_400;
const expiresAt = 1_800_000_000;
const terms = { node, issuedAt, expiresAt };

describe("credentials", () => {
  it("reads what it issued", () => {
    const { username, password } = issue(domain, issuer, terms);
    expect(username).to.equal(`${node}/${issuer.address}`);
    expect(readCredential(domain, username, password)).to.deep.equal({ username, ...terms, issuer: issuer.address });
  });

  it("issues the same by whoever holds the key, and nothing when nobody signs", async () => {
    expect(await issueCredentials(domain, issuer, terms)).to.deep.equal(issue(domain, issuer, terms));
    const dead = { address: issuer.address, signBytes: () => Promise.reject(new Error("no signer")) };
    const refused = await issueCredentials(domain, dead, terms).catch((error: unknown) => error);
    expect(refused).to.include({ message: "no signer" });
  });

  it("names an oracle alone in its own, and the number of a further process after it", () => {
    const own = { node: issuer.address, issuedAt, expiresAt };
    const read = (worker?: number): unknown => {
      const { username, password } = issue(domain, issuer, { ...own, worker });
      return readCredential(domain, username, password);
    };
    const { address } = issuer;
    expect(read()).to.deep.equal({ username: address, ...own, issuer: address });
    expect(read(7)).to.deep.equal({ username: `${address}/7`, ...own, issuer: address });
    expect([read(0), read(1_000)]).to.deep.equal([undefined, undefined]);
    expect((read(999) as { username: string }).username).to.equal(`${address}/999`);
  });

  it("has the bytes that the protocol says, checked with another library", () => {
    const { username, password } = issue(domain, issuer, terms);
    const token = Buffer.from(password, "base64url");
    expect([token.readBigUInt64BE(0), token.readBigUInt64BE(8)]).to.deep.equal([BigInt(issuedAt), BigInt(expiresAt)]);
    const digest = keccak256(
      concat([
        toUtf8Bytes("R1/credential/1"),
        toBeHex(domain.chainId, 8),
        domain.verifyingContract,
        toBeHex(issuedAt, 8),
        toBeHex(expiresAt, 8),
        toUtf8Bytes(username),
      ]),
    );
    const r = `0x${token.subarray(16, 48).toString("hex")}`;
    const s = `0x${token.subarray(48, 80).toString("hex")}`;
    const signature = Signature.from({ r, s, yParity: token[80] === 1 ? 1 : 0 });
    expect(recover(digest, signature).toLowerCase()).to.equal(issuer.address);
  });

  it("reads nothing for another node, issuer, time, chain or contract", () => {
    const { username, password } = issue(domain, issuer, terms);
    const changed = (byte: number): string => {
      const token = Buffer.from(password, "base64url");
      token[byte] = (token[byte] as number) ^ 1;
      return token.toString("base64url");
    };
    const attempts = [
      readCredential(domain, `${keyOf(2).address}/${issuer.address}`, password),
      readCredential(domain, `${node}/${keyOf(2).address}`, password),
      readCredential(domain, node, password),
      readCredential(domain, issuer.address, password),
      readCredential(domain, username, changed(7)),
      readCredential(domain, username, changed(15)),
      readCredential(domain, username, changed(20)),
      readCredential({ ...domain, chainId: 1n }, username, password),
      readCredential({ ...domain, verifyingContract: node }, username, password),
    ];
    expect(attempts.filter((attempt) => attempt !== undefined)).to.deep.equal([]);
  });

  it("reads nothing out of anything malformed", () => {
    const { username, password } = issue(domain, issuer, terms);
    const malformed: [string | undefined, string | undefined][] = [
      [undefined, password],
      [username, undefined],
      ["", password],
      ["alice", password],
      [username.toUpperCase(), password],
      [`${username}/`, password],
      [`${username}/1`, password],
      [`${node}/${node}`, password],
      [`${node}/`, password],
      [`${node}/01`, password],
      [username, ""],
      [username, password.slice(1)],
      [username, `${password}A`],
      [username, `${password.slice(0, -1)}=`],
      [username, password.replace(/^./u, "*")],
      [username, "A".repeat(password.length)],
      [username, "_".repeat(password.length)],
    ];
    for (const [name, secret] of malformed) expect(readCredential(domain, name, secret)).to.equal(undefined);
  });

  it("reads nothing out of any text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (username, password) => {
        expect(readCredential(domain, username, password)).to.equal(undefined);
      }),
    );
  });
});
