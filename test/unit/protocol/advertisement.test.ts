import { expect } from "chai";
import { concat, keccak256, solidityPacked, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import {
  type Advertisement,
  advertisementTopic,
  decodeAdvertisement,
  encodeAdvertisement,
  MAX_ADVERTISEMENT_BYTES,
  signAdvertisement,
} from "../../../keepers/protocol/advertisement.js";
import { bytesToHex, concatBytes, EncodingError } from "../../../keepers/protocol/bytes.js";
import { recoverAddress, SigningKey } from "../../../keepers/protocol/signing.js";

const KEY = new SigningKey(`0x${"11".repeat(32)}`);
const u32 = fc.integer({ min: 0, max: 0xff_ff_ff_ff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const tags = fc
  .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/), { maxLength: 16 })
  .map((drawn) => drawn.sort((a, b) => (a < b ? -1 : 1)));
const anyAdvertisement: fc.Arbitrary<Advertisement> = fc.record({
  chainId: u64,
  nodeRegistry: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytesToHex),
  node: fc.constant(KEY.address),
  time: u64,
  capacity: fc.record({ milliCpu: u32, memoryMiB: u32, diskMiB: u32, gpus: fc.integer({ min: 0, max: 255 }) }),
  load: fc.integer({ min: 0, max: 10_000 }),
  country: fc.stringMatching(/^[A-Z]{2}$/),
  tags,
  gateway: fc.constantFrom("", "http://10.0.0.1:8080", "https://node-1.example.org/jobs/", "http://[::1]:80/"),
});
const SAMPLE: Advertisement = {
  chainId: 31_337n,
  nodeRegistry: `0x${"22".repeat(20)}`,
  node: KEY.address,
  time: 1_750_000_000_000n,
  capacity: { milliCpu: 4_000, memoryMiB: 8_192, diskMiB: 65_536, gpus: 1 },
  load: 2_500,
  country: "RO",
  tags: ["fast", "ssd"],
  gateway: "https://example.org:8443",
};

function packed({
  chainId,
  nodeRegistry,
  node,
  time,
  capacity,
  load,
  country,
  tags: all,
  gateway,
}: Advertisement): string {
  const { milliCpu, memoryMiB, diskMiB, gpus } = capacity;
  return concat([
    solidityPacked(
      ["uint8", "uint64", "address", "address", "uint64", "uint32", "uint32", "uint32", "uint8", "uint16", "string"],
      [1, chainId, nodeRegistry, node, time, milliCpu, memoryMiB, diskMiB, gpus, load, country],
    ),
    solidityPacked(["uint8"], [all.length]),
    ...all.map((tag) => solidityPacked(["uint8", "string"], [tag.length, tag])),
    solidityPacked(["uint16", "string"], [gateway.length, gateway]),
  ]);
}

describe("advertisement", () => {
  it("is encoded, hashed and signed as the protocol says, and read back whole", () => {
    fc.assert(
      fc.property(anyAdvertisement, (advertisement) => {
        const body = packed(advertisement);
        const message = signAdvertisement(advertisement, KEY);
        const { digest, signature, ...decoded } = decodeAdvertisement(message);
        expect(bytesToHex(encodeAdvertisement(advertisement))).to.equal(body);
        expect(decoded.advertisement).to.deep.equal(advertisement);
        expect(bytesToHex(digest)).to.equal(keccak256(concat([toUtf8Bytes("R1/advert/1"), body])));
        expect(recoverAddress(digest, signature)).to.equal(KEY.address);
      }),
      { numRuns: 50 },
    );
  });

  it("refuses every truncation and any extension", () => {
    const message = signAdvertisement(SAMPLE, KEY);
    for (let length = 0; length < message.length; length++) {
      expect(() => decodeAdvertisement(message.subarray(0, length)), `${length} bytes`).to.throw(EncodingError);
    }
    expect(() => decodeAdvertisement(concatBytes(message, new Uint8Array(1)))).to.throw(EncodingError, "left after");
  });

  it("shows every changed byte: refused, or no longer this node's signature", () => {
    const message = signAdvertisement(SAMPLE, KEY);
    for (let at = 0; at < message.length; at++) {
      const mutant = message.slice();
      mutant[at] = (mutant[at] as number) ^ 1;
      let signer: string | undefined;
      try {
        const { digest, signature } = decodeAdvertisement(mutant);
        signer = recoverAddress(digest, signature);
      } catch (error) {
        expect(error, `byte ${at}`).to.be.instanceOf(EncodingError);
      }
      expect(signer, `byte ${at}`).not.to.equal(KEY.address);
    }
  });

  it("reads any bytes without harm, and what it reads it would write", () => {
    const start = encodeAdvertisement(SAMPLE);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: MAX_ADVERTISEMENT_BYTES + 1 }),
      fc.uint8Array({ maxLength: 600 }).map((tail) => concatBytes(start.subarray(0, 70), tail)),
    );
    fc.assert(
      fc.property(bytes, (message) => {
        try {
          const { advertisement, signature } = decodeAdvertisement(message);
          expect(concatBytes(encodeAdvertisement(advertisement), signature)).to.deep.equal(message);
        } catch (error) {
          expect(error).to.be.instanceOf(EncodingError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is never longer than its bound, and may be that long", () => {
    const long = Array.from({ length: 16 }, (_, index) => `${String.fromCharCode(97 + index)}${"x".repeat(30)}`);
    const gateway = `https://example.org/${"y".repeat(236)}`;
    const message = signAdvertisement({ ...SAMPLE, tags: long, gateway }, KEY);
    expect(message).to.have.lengthOf(MAX_ADVERTISEMENT_BYTES);
    expect(decodeAdvertisement(message).advertisement.tags).to.deep.equal(long);
    expect(() => decodeAdvertisement(new Uint8Array(MAX_ADVERTISEMENT_BYTES + 1))).to.throw(EncodingError, "at most");
  });

  it("refuses what a field must not hold, when written and when read", () => {
    const cases: [Partial<Advertisement>, string][] = [
      [{ load: 10_001 }, "load 10001"],
      [{ country: "ro" }, 'country "ro"'],
      [{ country: "ROU" }, 'country "ROU"'],
      [{ tags: ["ssd", "fast"] }, "out of place"],
      [{ tags: ["ssd", "ssd"] }, "out of place"],
      [{ tags: ["Ssd"] }, 'tag "Ssd"'],
      [{ tags: Array.from({ length: 17 }, (_, index) => `t${index + 10}`) }, "17 tags"],
      [{ gateway: "ftp://example.org" }, "gateway"],
      [{ gateway: "https://user:secret@example.org" }, "gateway"],
      [{ gateway: "https://example.org/?a=1" }, "gateway"],
      [{ gateway: `https://example.org/${"y".repeat(237)}` }, "gateway"],
      [{ capacity: { ...SAMPLE.capacity, gpus: 256 } }, "u8"],
    ];
    for (const [change, message] of cases) {
      expect(() => encodeAdvertisement({ ...SAMPLE, ...change }), message).to.throw(EncodingError, message);
    }
    const written = signAdvertisement(SAMPLE, KEY);
    const country = written.slice();
    country[country.indexOf("R".charCodeAt(0), 62)] = 0xe9;
    expect(() => decodeAdvertisement(country)).to.throw(EncodingError, "country");
  });

  it("is published under the node's own topic, and signed by nobody else", () => {
    expect(advertisementTopic(8_453n, `0x${"AB".repeat(20)}`)).to.equal(`r1/8453/advert/0x${"ab".repeat(20)}`);
    expect(() => signAdvertisement({ ...SAMPLE, node: `0x${"ab".repeat(20)}` }, KEY)).to.throw(
      EncodingError,
      "signed by",
    );
  });
});
