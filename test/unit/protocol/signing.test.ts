import { inspect } from "node:util";
import { expect } from "chai";
import { keccak256, recoverAddress as ethersRecover, Signature, SigningKey as EthersKey, computeAddress } from "ethers";
import fc from "fast-check";
import secp256k1 from "secp256k1";
import { bytesToHex, EncodingError, hexToBytes } from "../../../keepers/protocol/bytes.js";
import {
  compactSignature,
  keccak,
  PublicKeyCache,
  recoverAddress,
  recoverCompact,
  SigningKey,
} from "../../../keepers/protocol/signing.js";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const PRIVATE_KEY = `0x${"5a".repeat(32)}`;
const DIGEST = keccak(new Uint8Array([1, 2, 3]));
const word = (value: bigint) => hexToBytes(`0x${value.toString(16).padStart(64, "0")}`);
const anyDigest = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyPrivateKey = fc.bigInt({ min: 1n, max: ORDER - 1n }).map((value) => bytesToHex(word(value)));

/** The same point with `n − s` and the other recovery id: valid arithmetic, but a second signature for one message. */
function malleated(signature: Uint8Array): Uint8Array {
  const twin = signature.slice();
  twin.set(word(ORDER - BigInt(bytesToHex(signature.subarray(32, 64)))), 32);
  twin[64] = 1 - signature[64]!;
  return twin;
}

function changed(signature: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = signature.slice();
  change(copy);
  return copy;
}

/** Everything that is no signature by this key over this digest, by name. */
function forgeries(key: SigningKey): Record<string, Uint8Array> {
  const good = key.sign(DIGEST);
  return {
    empty: new Uint8Array(0),
    "one byte short": good.slice(0, 64),
    "one byte long": new Uint8Array([...good, 0]),
    "high s": malleated(good),
    "other recovery id": changed(good, (copy) => (copy[64] = 1 - copy[64]!)),
    "recovery id 2": changed(good, (copy) => (copy[64] = 2)),
    "recovery id 27": changed(good, (copy) => (copy[64] = 27 + copy[64]!)),
    "recovery id 255": changed(good, (copy) => (copy[64] = 255)),
    "r zero": changed(good, (copy) => copy.fill(0, 0, 32)),
    "s zero": changed(good, (copy) => copy.fill(0, 32, 64)),
    "r is the order": changed(good, (copy) => copy.set(word(ORDER))),
    "r beyond the order": changed(good, (copy) => copy.fill(255, 0, 32)),
    "all zero": new Uint8Array(65),
    "other message": key.sign(keccak(DIGEST)),
    "other key": new SigningKey(`0x${"5b".repeat(32)}`).sign(DIGEST),
  };
}

describe("signing", () => {
  it("hashes as ethers does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        expect(bytesToHex(keccak(data))).to.equal(keccak256(data));
      }),
    );
  });

  it("gives ethers' address and ethers' deterministic signature", () => {
    fc.assert(
      fc.property(anyPrivateKey, anyDigest, (privateKey, digest) => {
        const key = new SigningKey(privateKey);
        const signature = key.sign(digest);
        const reference = new EthersKey(privateKey).sign(digest);
        expect(key.address).to.equal(computeAddress(privateKey).toLowerCase());
        expect(bytesToHex(signature.subarray(0, 32))).to.equal(reference.r);
        expect(bytesToHex(signature.subarray(32, 64))).to.equal(reference.s);
        expect(signature[64]).to.equal(reference.yParity);
        expect(bytesToHex(compactSignature(signature))).to.equal(reference.compactSerialized);
        expect(recoverAddress(digest, signature)).to.equal(key.address);
        expect(recoverCompact(digest, compactSignature(signature))).to.equal(key.address);
      }),
      { numRuns: 40 },
    );
  });

  it("never names the signer of anything but its own low-s signature", () => {
    const key = new SigningKey(PRIVATE_KEY);
    for (const [name, forgery] of Object.entries(forgeries(key))) {
      expect(recoverAddress(DIGEST, forgery), name).not.to.equal(key.address);
    }
    const malformed = [
      "empty",
      "one byte short",
      "one byte long",
      "high s",
      "recovery id 2",
      "recovery id 27",
      "r zero",
      "recovery id 255",
      "s zero",
      "r is the order",
      "r beyond the order",
      "all zero",
    ];
    for (const name of malformed) expect(recoverAddress(DIGEST, forgeries(key)[name]!), name).to.equal(undefined);
    expect(recoverAddress(DIGEST.subarray(1), key.sign(DIGEST))).to.equal(undefined);
  });

  it("rejects the high-s twin that plain ECDSA accepts", () => {
    const key = new SigningKey(PRIVATE_KEY);
    const twin = malleated(key.sign(DIGEST));
    const serialized = Signature.from({
      r: bytesToHex(twin.subarray(0, 32)),
      s: bytesToHex(key.sign(DIGEST).subarray(32, 64)),
      v: 28 - twin[64]!,
    });
    expect(ethersRecover(DIGEST, serialized).toLowerCase()).to.equal(key.address);
    expect(recoverAddress(DIGEST, twin)).to.equal(undefined);
    expect(() => compactSignature(twin)).to.throw(EncodingError, "low s");
  });

  it("rejects recovery ids 2 and 3 also where they name a point", () => {
    const forged = Array.from({ length: 20 }, (_, i) => new Uint8Array([...word(BigInt(i + 1)), ...word(1n), 2]));
    const namesPoint = (signature: Uint8Array) => {
      try {
        return secp256k1.ecdsaRecover(signature.subarray(0, 64), 2, DIGEST).length > 0;
      } catch {
        return false;
      }
    };
    expect(forged.filter(namesPoint)).not.to.have.lengthOf(0);
    for (const signature of forged) expect(recoverAddress(DIGEST, signature)).to.equal(undefined);
  });

  it("rejects malformed compact signatures", () => {
    const key = new SigningKey(PRIVATE_KEY);
    const compact = compactSignature(key.sign(DIGEST));
    const highS = compact.slice();
    highS.set(word(ORDER / 2n + 1n), 32);
    expect(recoverCompact(DIGEST, compact)).to.equal(key.address);
    expect(recoverCompact(DIGEST, highS)).to.equal(undefined);
    expect(recoverCompact(DIGEST, compact.subarray(1))).to.equal(undefined);
    expect(recoverCompact(DIGEST, new Uint8Array(65))).to.equal(undefined);
    expect(recoverCompact(DIGEST, new Uint8Array(64))).to.equal(undefined);
    expect(
      recoverCompact(
        DIGEST,
        changed(compact, (copy) => (copy[32]! ^= 0x80)),
      ),
    ).not.to.equal(key.address);
  });

  it("cache: gives the same answers before and after it knows the signer", () => {
    const key = new SigningKey(PRIVATE_KEY);
    const cache = new PublicKeyCache();
    const { "other recovery id": _hint, ...wrong } = forgeries(key);
    const rejectAll = (when: string) => {
      for (const [name, forgery] of Object.entries(wrong)) {
        expect(cache.verify(DIGEST, forgery, key.address), `${name}, ${when}`).to.equal(false);
      }
    };
    rejectAll("unknown signer");
    expect(cache.size).to.equal(0);
    expect(cache.verify(DIGEST, key.sign(DIGEST), key.address)).to.equal(true);
    expect(cache.size).to.equal(1);
    rejectAll("known signer");
    const next = keccak(DIGEST);
    expect(cache.verify(next, key.sign(next), key.address)).to.equal(true);
    expect(cache.verify(next, key.sign(next), `0x${"11".repeat(20)}`)).to.equal(false);
    expect(cache.size).to.equal(1);
  });

  it("cache: takes either recovery id, before and after it knows the signer", () => {
    const key = new SigningKey(PRIVATE_KEY);
    const twin = forgeries(key)["other recovery id"]!;
    const cache = new PublicKeyCache();
    for (const signature of [twin, twin, key.sign(DIGEST)]) {
      expect(cache.verify(DIGEST, signature, key.address)).to.equal(true);
      expect(cache.verify(keccak(DIGEST), signature, key.address)).to.equal(false);
    }
    expect(cache.size).to.equal(1);
  });

  it("cache: never remembers more signers than it may, and still verifies those it forgot", () => {
    const cache = new PublicKeyCache({ capacity: 2 });
    const keys = [1n, 2n, 3n, 1n].map((value) => new SigningKey(word(value)));
    for (const key of keys) {
      expect(cache.verify(DIGEST, key.sign(DIGEST), key.address)).to.equal(true);
      expect(cache.size).to.be.at.most(2);
    }
  });

  it("shows its private key nowhere", () => {
    const key = new SigningKey(PRIVATE_KEY);
    const shown = [
      String(key),
      JSON.stringify(key),
      inspect(key, { showHidden: true, depth: 9 }),
      Object.keys(key).join(),
    ];
    for (const text of shown) expect(text).not.to.match(/5a5a|90, ?90/i);
    expect(String(key)).to.include(key.address);
  });

  it("keeps its own copy of the private key", () => {
    const bytes = hexToBytes(PRIVATE_KEY);
    const key = new SigningKey(bytes);
    bytes.fill(1);
    expect(recoverAddress(DIGEST, key.sign(DIGEST))).to.equal(key.address);
  });

  it("refuses impossible keys and digests without showing them", () => {
    const bad = [`0x${"00".repeat(32)}`, bytesToHex(word(ORDER)), `0x${"5a".repeat(31)}`, "5a".repeat(32)];
    for (const text of bad) {
      expect(() => new SigningKey(text), text)
        .to.throw(EncodingError)
        .that.has.property("message")
        .that.does.not.include(text.slice(2, 10));
    }
    expect(() => new SigningKey(PRIVATE_KEY).sign(new Uint8Array(31))).to.throw(EncodingError, "digest");
  });
});
