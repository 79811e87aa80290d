import { expect } from "chai";
import fc from "fast-check";
import { PacketFraming } from "../../../keepers/transport/packetFraming.js";

/** A packet with a body of `length` bytes, encoded as MQTT 3.1.1 section 2.2.3 says. */
function packet(length: number): Uint8Array {
  const header = [0x30];
  let rest = length;
  do {
    header.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Uint8Array.from([...header, ...new Array<number>(length).fill(0xff)]);
}

function accepts(stream: Uint8Array, cuts: readonly number[], maximum: number): boolean {
  const framing = new PacketFraming(maximum);
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  return ends.every((end, index) => framing.accept(stream.subarray(ends[index - 1] ?? 0, end)));
}

describe("PacketFraming", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 6 });
  const cuts = fc.array(fc.nat(), { maxLength: 12 });

  it("accepts a stream exactly when its largest packet is within the bound, however it is cut", () => {
    fc.assert(
      fc.property(lengths, cuts, fc.integer({ min: -1, max: 1 }), (sizes, cutAt, offset) => {
        const stream = Buffer.concat(sizes.map(packet));
        const largest = Math.max(...sizes);
        expect(accepts(stream, cutAt, largest + offset)).to.equal(offset >= 0);
      }),
    );
  });

  it("refuses a fifth byte of length", () => {
    expect(new PacketFraming(2 ** 30).accept(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80))).to.equal(false);
  });

  it("refuses on the header alone", () => {
    expect(new PacketFraming(127).accept(Uint8Array.of(0x30, 0x80, 0x01))).to.equal(false);
  });
});
