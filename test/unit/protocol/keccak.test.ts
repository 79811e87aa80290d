import { keccak_256 } from "@noble/hashes/sha3.js";
import { expect } from "chai";
import { keccak256 } from "ethers";
import fc from "fast-check";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { keccak } from "../../../keepers/protocol/keccak.js";
import { INPUT_BYTES, RATE } from "../../../keepers/protocol/keccakModule.js";

const sample = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff);

describe("keccak", () => {
  it("hashes nothing and abc as everybody does", () => {
    const nothing = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    const abc = "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45";
    expect(bytesToHex(keccak(new Uint8Array()))).to.equal(nothing);
    expect(bytesToHex(keccak(new TextEncoder().encode("abc")))).to.equal(abc);
  });

  it("agrees with ethers at every length over three blocks", () => {
    for (let length = 0; length <= 3 * RATE + 1; length++) {
      expect(bytesToHex(keccak(sample(length))), `${length} bytes`).to.equal(keccak256(sample(length)));
    }
  });

  it("agrees with @noble/hashes where its input buffer is just full, and after it", () => {
    for (const whole of [INPUT_BYTES, 2 * INPUT_BYTES]) {
      for (const length of [whole - RATE, whole - 1, whole, whole + 1, whole + RATE]) {
        expect(Buffer.compare(keccak(sample(length)), keccak_256(sample(length))), `${length} bytes`).to.equal(0);
      }
    }
  });

  it("property: agrees with ethers on any bytes, also after longer ones and inside larger buffers", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_000 }), fc.nat({ max: 2_000 }), (bytes, before) => {
        keccak(sample(before));
        const larger = new Uint8Array(bytes.length + 10).fill(0xff);
        larger.set(bytes, 5);
        expect(bytesToHex(keccak(larger.subarray(5, 5 + bytes.length)))).to.equal(keccak256(bytes));
      }),
    );
  });

  it("gives bytes of their own, and leaves its argument alone", () => {
    const bytes = sample(50);
    const first = keccak(bytes);
    const copy = first.slice();
    keccak(sample(60));
    expect(first).to.deep.equal(copy);
    expect(first.buffer.byteLength).to.equal(32);
    expect(bytes).to.deep.equal(sample(50));
  });
});
