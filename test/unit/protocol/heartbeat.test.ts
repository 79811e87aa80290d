import { expect } from "chai";
import { concat, keccak256, solidityPacked, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import { bytesToHex, concatBytes, EncodingError, hexToBytes } from "../../../keepers/protocol/bytes.js";
import {
  ContainerState,
  decodeHeartbeat,
  encodeHeartbeat,
  type Heartbeat,
  heartbeatTopic,
  MAX_CONTAINERS,
  MAX_HEARTBEAT_BYTES,
  signHeartbeat,
} from "../../../keepers/protocol/heartbeat.js";
import { recoverAddress, SigningKey } from "../../../keepers/protocol/signing.js";

const KEY = new SigningKey(`0x${"11".repeat(32)}`);
const LOAD_AT = 1 + 8 + 20 + 20 + 8 + 8 + 8 + 32;
const COUNT_AT = LOAD_AT + 2;
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const hex = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(bytesToHex);
const container = fc.record({ assignment: hex(32), state: fc.constantFrom(...Object.values(ContainerState)) });
const anyHeartbeat = fc.record({
  chainId: u64,
  nodeRegistry: hex(20),
  node: fc.constant(KEY.address),
  sequence: u64,
  time: u64,
  blockNumber: u64,
  blockHash: hex(32),
  load: fc.integer({ min: 0, max: 10_000 }),
  containers: fc.array(container, { maxLength: MAX_CONTAINERS }),
});
const SAMPLE: Heartbeat = {
  chainId: 31337n,
  nodeRegistry: `0x${"22".repeat(20)}`,
  node: KEY.address,
  sequence: 5n,
  time: 1_750_000_000_000n,
  blockNumber: 9n,
  blockHash: `0x${"33".repeat(32)}`,
  load: 10_000,
  containers: [
    { assignment: `0x${"44".repeat(32)}`, state: ContainerState.RUNNING },
    { assignment: `0x${"55".repeat(32)}`, state: ContainerState.FAILED },
  ],
};

function packed(heartbeat: Heartbeat): string {
  const { chainId, nodeRegistry, node, sequence, time, blockNumber, blockHash, load, containers } = heartbeat;
  return concat([
    solidityPacked(
      ["uint8", "uint64", "address", "address", "uint64", "uint64", "uint64", "bytes32", "uint16", "uint8"],
      [1, chainId, nodeRegistry, node, sequence, time, blockNumber, blockHash, load, containers.length],
    ),
    ...containers.map(({ assignment, state }) => solidityPacked(["bytes32", "uint8"], [assignment, state])),
  ]);
}

function changed(message: Uint8Array, at: number, value: number): Uint8Array {
  const copy = message.slice();
  copy[at] = value;
  return copy;
}

describe("heartbeat", () => {
  it("is encoded, hashed and signed as the protocol says, and read back whole", () => {
    fc.assert(
      fc.property(anyHeartbeat, (heartbeat) => {
        const body = packed(heartbeat);
        const message = signHeartbeat(heartbeat, KEY);
        const decoded = decodeHeartbeat(message);
        expect(bytesToHex(encodeHeartbeat(heartbeat))).to.equal(body);
        expect(decoded.heartbeat).to.deep.equal(heartbeat);
        expect(bytesToHex(decoded.digest)).to.equal(keccak256(concat([toUtf8Bytes("R1/heartbeat/1"), body])));
        expect(recoverAddress(decoded.digest, decoded.signature)).to.equal(KEY.address);
        expect(bytesToHex(message)).to.equal(concat([body, decoded.signature]));
      }),
      { numRuns: 50 },
    );
  });

  it("refuses every truncation and any extension", () => {
    const message = signHeartbeat(SAMPLE, KEY);
    for (let length = 0; length < message.length; length++) {
      expect(() => decodeHeartbeat(message.subarray(0, length)), `${length} bytes`).to.throw(EncodingError);
    }
    expect(() => decodeHeartbeat(concatBytes(message, new Uint8Array(1)))).to.throw(EncodingError, "left after");
  });

  it("shows every changed byte: refused, or no longer this node's signature", () => {
    const message = signHeartbeat(SAMPLE, KEY);
    for (let at = 0; at < message.length; at++) {
      for (const mask of [1, 0x80]) {
        const mutant = changed(message, at, message[at]! ^ mask);
        let signer: string | undefined;
        try {
          const decoded = decodeHeartbeat(mutant);
          signer = recoverAddress(decoded.digest, decoded.signature);
        } catch (error) {
          expect(error, `byte ${at}`).to.be.instanceOf(EncodingError);
        }
        expect(signer, `byte ${at}`).not.to.equal(KEY.address);
      }
    }
  });

  it("is never longer than its bound, and may be that long", () => {
    const containers = Array.from({ length: MAX_CONTAINERS }, () => SAMPLE.containers[0]!);
    const message = signHeartbeat({ ...SAMPLE, containers }, KEY);
    expect(message).to.have.lengthOf(MAX_HEARTBEAT_BYTES);
    expect(decodeHeartbeat(message).heartbeat.containers).to.have.lengthOf(255);
    const long = new Uint8Array(MAX_HEARTBEAT_BYTES + 1);
    expect(() => decodeHeartbeat(long)).to.throw(EncodingError, "at most 8588");
  });

  it("refuses fields beyond their range, when read", () => {
    const message = signHeartbeat(SAMPLE, KEY);
    const overload = changed(changed(message, LOAD_AT, 0x27), LOAD_AT + 1, 0x11);
    expect(() => decodeHeartbeat(changed(message, 0, 2))).to.throw(EncodingError, "got version 2, want 1");
    expect(() => decodeHeartbeat(overload)).to.throw(EncodingError, "got load 10001");
    expect(() => decodeHeartbeat(changed(message, COUNT_AT + 33, 6))).to.throw(EncodingError, "container state 6");
  });

  it("refuses fields beyond their range, when written", () => {
    const container = SAMPLE.containers[0]!;
    const wrong: [Partial<Heartbeat>, string][] = [
      [{ load: 10_001 }, "load 10001"],
      [{ load: -1 }, "u16"],
      [{ sequence: 2n ** 64n }, "u64"],
      [{ time: -1n }, "u64"],
      [{ blockHash: "0x12" }, "bytes32"],
      [{ containers: Array.from({ length: 256 }, () => container) }, "256 containers"],
      [{ containers: [{ ...container, state: 6 as ContainerState }] }, "container state 6"],
      [{ containers: [{ ...container, state: 0.5 as ContainerState }] }, "container state 0.5"],
    ];
    for (const [fields, reason] of wrong) {
      expect(() => encodeHeartbeat({ ...SAMPLE, ...fields }), reason).to.throw(EncodingError, reason);
    }
  });

  it("is not signed with another node's key", () => {
    const other = new SigningKey(hexToBytes(`0x${"12".repeat(32)}`));
    expect(() => signHeartbeat(SAMPLE, other)).to.throw(EncodingError, "cannot be signed by");
  });

  it("travels on its node's topic", () => {
    expect(heartbeatTopic(8453n, `0x${"AB".repeat(20)}`)).to.equal(`r1/8453/heartbeat/0x${"ab".repeat(20)}`);
  });
});
