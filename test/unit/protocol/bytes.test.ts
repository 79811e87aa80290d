import { expect } from "chai";
import { solidityPacked } from "ethers";
import fc from "fast-check";
import {
  bytesToHex,
  ByteReader,
  ByteWriter,
  compareBytes,
  concatBytes,
  EncodingError,
  hexToBytes,
  isAddress,
} from "../../../keepers/protocol/bytes.js";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const record = fc.record({
  u8: fc.integer({ min: 0, max: 0xff }),
  u16: fc.integer({ min: 0, max: 0xffff }),
  u32: fc.integer({ min: 0, max: 0xffff_ffff }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bytes32: bytes(32).map(bytesToHex),
  address: bytes(20).map(bytesToHex),
  raw: fc.uint8Array({ maxLength: 600 }),
});
interface Fields {
  readonly u8: number;
  readonly u16: number;
  readonly u32: number;
  readonly u64: bigint;
  readonly bytes32: string;
  readonly address: string;
  readonly raw: Uint8Array;
}

function write({ u8, u16, u32, u64, bytes32, address, raw }: Fields): Uint8Array {
  return new ByteWriter().u8(u8).u16(u16).u32(u32).u64(u64).bytes32(bytes32).address(address).raw(raw).toBytes();
}

function read(encoded: Uint8Array, rawLength: number): Fields {
  const reader = new ByteReader(encoded);
  const fields = {
    u8: reader.u8(),
    u16: reader.u16(),
    u32: reader.u32(),
    u64: reader.u64(),
    bytes32: reader.bytes32(),
    address: reader.address(),
    raw: reader.raw(rawLength),
  };
  reader.end();
  return fields;
}

describe("bytes", () => {
  it("writes what Solidity's abi.encodePacked writes, and reads it back", () => {
    fc.assert(
      fc.property(record, (fields) => {
        const { u8, u16, u32, u64, bytes32, address, raw } = fields;
        const packed = solidityPacked(
          ["uint8", "uint16", "uint32", "uint64", "bytes32", "address", "bytes"],
          [u8, u16, u32, u64, bytes32, address, raw],
        );
        const encoded = write(fields);
        expect(bytesToHex(encoded)).to.equal(packed);
        expect(read(encoded, raw.length)).to.deep.equal(fields);
      }),
    );
  });

  it("refuses every truncation and every extension", () => {
    const fields: Fields = {
      u8: 1,
      u16: 2,
      u32: 3,
      u64: 4n,
      bytes32: `0x${"ab".repeat(32)}`,
      address: `0x${"cd".repeat(20)}`,
      raw: new Uint8Array(5),
    };
    const encoded = write(fields);
    for (let length = 0; length < encoded.length; length++) {
      expect(() => read(encoded.subarray(0, length), 5), `${length} bytes`).to.throw(EncodingError, "offset");
    }
    expect(() => read(concatBytes(encoded, new Uint8Array(1)), 5)).to.throw(EncodingError, "1 bytes left");
  });

  it("names the field and its offset when bytes run out", () => {
    const reader = new ByteReader(new Uint8Array(10));
    reader.u32();
    expect(() => reader.u64()).to.throw(EncodingError, "u64 at offset 4: needs 8 bytes, 6 left");
    expect(reader.remaining).to.equal(6);
    expect(reader.offset).to.equal(4);
  });

  it("reads from the middle of a larger buffer", () => {
    const whole = hexToBytes("0xffff0102ffff");
    const reader = new ByteReader(whole.subarray(2, 4));
    expect(reader.u16()).to.equal(0x0102);
    reader.end();
  });

  it("hands out copies: a later change of the source changes nothing", () => {
    const source = hexToBytes("0x0102");
    const raw = new ByteReader(source).raw(2);
    const writer = new ByteWriter().raw(source);
    const written = writer.toBytes();
    source[0] = 9;
    writer.u8(3);
    expect(bytesToHex(raw)).to.equal("0x0102");
    expect(bytesToHex(written)).to.equal("0x0102");
    expect(bytesToHex(writer.toBytes())).to.equal("0x010203");
  });

  it("refuses values that do not fit their field", () => {
    const writer = () => new ByteWriter();
    for (const value of [-1, 256, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => writer().u8(value), String(value)).to.throw(EncodingError, "u8 at offset 0");
    }
    expect(() => writer().u16(0x1_0000)).to.throw(EncodingError, "u16");
    expect(() => writer().u32(0x1_0000_0000)).to.throw(EncodingError, "u32");
    expect(() => writer().u64(2n ** 64n)).to.throw(EncodingError, "u64");
    expect(() => writer().u64(-1n)).to.throw(EncodingError, "u64");
    expect(() => writer().u64(2 ** 53)).to.throw(EncodingError, "u64");
    expect(() => writer().u64(0.5)).to.throw(EncodingError, "u64");
    expect(() => writer().bytes32(`0x${"00".repeat(31)}`)).to.throw(EncodingError, "31 bytes, want 32");
    expect(() => writer().bytes32(new Uint8Array(33))).to.throw(EncodingError, "33 bytes, want 32");
    expect(() => writer().address(`0x${"00".repeat(32)}`)).to.throw(EncodingError, "32 bytes, want 20");
    expect(() => writer().ascii("é")).to.throw(EncodingError, "ascii");
    expect(() => writer().ascii("a\n")).to.throw(EncodingError, "ascii");
  });

  it("compares fixed text and refuses another", () => {
    const encoded = new ByteWriter().ascii("R1LEAVES").u8(1).toBytes();
    expect(bytesToHex(encoded.subarray(0, 8))).to.equal(bytesToHex(Buffer.from("R1LEAVES")));
    const reader = new ByteReader(encoded);
    reader.expectAscii("R1LEAVES");
    expect(reader.u8()).to.equal(1);
    expect(() => new ByteReader(encoded).expectAscii("R1LEAVEs")).to.throw(EncodingError, "R1LEAVEs");
    expect(() => new ByteReader(encoded.subarray(0, 7)).expectAscii("R1LEAVES")).to.throw(EncodingError, "7 left");
  });

  it("parses hex of either case, and nothing else, without repeating it", () => {
    expect(bytesToHex(hexToBytes("0xaBcD"))).to.equal("0xabcd");
    expect(hexToBytes("0x")).to.deep.equal(new Uint8Array(0));
    for (const text of ["", "abcd", "0xabc", "0xzz", "0x 1", "0xab\n", "0Xab"]) {
      expect(() => hexToBytes(text), JSON.stringify(text)).to.throw(EncodingError);
    }
    expect(() => hexToBytes("secret"))
      .to.throw(EncodingError)
      .that.has.property("message")
      .that.does.not.include("secret");
  });

  it("orders bytes as Buffer does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).to.equal(Buffer.compare(a, b));
      }),
    );
  });

  it("knows a lower-case address", () => {
    expect(isAddress(`0x${"ab".repeat(20)}`)).to.equal(true);
    for (const text of [`0x${"AB".repeat(20)}`, `0x${"ab".repeat(21)}`, "ab".repeat(20), `0x${"ab".repeat(20)}\n`]) {
      expect(isAddress(text), JSON.stringify(text)).to.equal(false);
    }
  });
});
