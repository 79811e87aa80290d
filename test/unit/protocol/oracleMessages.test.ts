import { readFileSync } from "node:fs";
import { expect } from "chai";
import { concat, getBytes, hexlify, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import { bytesToHex, EncodingError, hexToBytes } from "../../../keepers/protocol/bytes.js";
import {
  decodeMessage,
  decodeUnsigned,
  encodeMessage,
  messageDigest,
  messageSigner,
  type MessageOf,
  type OracleMessage,
  oracleTopic,
  reportHash,
  signMessage,
} from "../../../keepers/protocol/oracleMessages.js";
import { MOST_ROUND, type OracleBody } from "../../../keepers/protocol/oracleBodies.js";
import { MAX_ORACLES, type Value, valueId, ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";

const CONTEXT = { chainId: 8453n, ledger: `0x${"1e".repeat(20)}` };
const KEY = new SigningKey(`0x${"42".repeat(32)}`);
const HASH = `0x${"ab".repeat(32)}`;
const HEADER = { epoch: 7n, attempt: 2, sender: KEY.address };

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytesToHex);
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex);
const signature = fc.uint8Array({ minLength: 65, maxLength: 65 });
const round = fc.nat(MOST_ROUND);
const oracles = (max: number) => fc.uniqueArray(address, { maxLength: max }).map((list) => [...list].sort());

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constant({ type: "skip" } as const),
  fc.record({
    type: fc.constant("reports" as const),
    previousRoot: hash,
    root: hash,
    dataHash: hash,
    leafCount: fc.bigInt(0n, 2n ** 64n - 1n),
    set: fc.tuple(oracles(8), hash).map(([list, each]) => list.map((oracle) => ({ oracle, reportHash: each }))),
  }),
);

const BODIES: { readonly [Kind in OracleBody["kind"]]: fc.Arbitrary<Extract<OracleBody, { kind: Kind }>> } = {
  seal: fc.record({ kind: fc.constant("seal" as const), reportHash: hash }),
  report: fc.record({
    kind: fc.constant("report" as const),
    salt: hash,
    subjectsHash: hash,
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
  proposal: fc
    .record({ kind: fc.constant("proposal" as const), round, validRound: fc.option(round, { nil: undefined }), value })
    .filter((body) => body.validRound === undefined || body.validRound < body.round),
  prevote: fc.record({ kind: fc.constant("prevote" as const), round, valueId: hash }),
  precommit: fc.record({ kind: fc.constant("precommit" as const), round, valueId: hash }),
  signature: fc.record({
    kind: fc.constant("signature" as const),
    compact: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    reportDigest: hash,
  }),
  request: fc
    .tuple(fc.constantFrom("report" as const, "decision" as const, "leaves" as const), hash)
    .map(([what, key]) => ({ kind: "request" as const, what, key: what === "decision" ? ZERO_HASH : key })),
  decision: fc.tuple(round, value, oracles(8), signature).map(([of, decided, list, each]) => ({
    kind: "decision" as const,
    round: of,
    value: decided,
    certificate: list.map((oracle) => ({ oracle, signature: each })),
  })),
  leaves: fc.record({ kind: fc.constant("leaves" as const), file: fc.uint8Array({ maxLength: 40 }) }),
};
const message: fc.Arbitrary<OracleMessage> = fc
  .tuple(
    fc.oneof(...(Object.values(BODIES) as fc.Arbitrary<OracleBody>[])),
    fc.bigInt(0n, 2n ** 64n - 1n),
    fc.nat(0xffff_ffff),
  )
  .map(([body, epoch, attempt]) => ({ ...body, epoch, attempt, sender: KEY.address }));

describe("oracle messages", () => {
  it("come back as they were sent, with their signer", () => {
    fc.assert(
      fc.property(message, (sent) => {
        const envelope = signMessage(KEY, CONTEXT, sent);
        const decoded = decodeMessage(envelope, CONTEXT);
        expect(decoded.message).to.deep.equal(sent);
        expect(messageSigner(decoded)).to.equal(KEY.address);
        expect(decoded.digest).to.deep.equal(messageDigest(CONTEXT, sent));
        expect(decodeUnsigned(encodeMessage(CONTEXT, sent), CONTEXT)).to.deep.equal(sent);
      }),
    );
  });

  it("have one encoding: bytes that decode encode to the same bytes", () => {
    const changed = fc.tuple(message, fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(changed, ([sent, at, byte]) => {
        const unsigned = encodeMessage(CONTEXT, sent);
        unsigned[at % unsigned.length] = byte;
        let read: OracleMessage;
        try {
          read = decodeUnsigned(unsigned, CONTEXT);
        } catch (error) {
          expect(error).to.be.instanceOf(EncodingError);
          return;
        }
        expect(encodeMessage(CONTEXT, read)).to.deep.equal(unsigned);
      }),
      { numRuns: 1000 },
    );
  });

  it("are refused when cut off anywhere, or with anything behind (but for a leaf file, whose length is its own)", () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, at) => {
        const unsigned = encodeMessage(CONTEXT, sent);
        fc.pre(sent.kind !== "leaves");
        expect(() => decodeUnsigned(unsigned.subarray(0, at % unsigned.length), CONTEXT)).to.throw(EncodingError);
        expect(() => decodeUnsigned(Uint8Array.of(...unsigned, 0), CONTEXT)).to.throw(EncodingError);
      }),
    );
  });

  it("throw nothing but EncodingError for arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => decodeMessage(bytes, CONTEXT)).to.throw(EncodingError);
      }),
    );
    for (let code = 0; code <= 255; code++) {
      const bytes = Uint8Array.of(1, code, ...getBytes(toBeHex(8453, 8)), ...hexToBytes(CONTEXT.ledger));
      expect(() => decodeUnsigned(bytes, CONTEXT)).to.throw(EncodingError);
    }
  });

  it("are of one chain and one ledger, and signed by their sender's key", () => {
    const sent: OracleMessage = { ...HEADER, kind: "seal", reportHash: HASH };
    const envelope = signMessage(KEY, CONTEXT, sent);
    expect(() => decodeMessage(envelope, { ...CONTEXT, chainId: 1n })).to.throw(EncodingError, "chain 8453");
    expect(() => decodeMessage(envelope, { ...CONTEXT, ledger: `0x${"2e".repeat(20)}` })).to.throw(
      EncodingError,
      "ledger",
    );
    expect(() => signMessage(KEY, CONTEXT, { ...sent, sender: `0x${"99".repeat(20)}` })).to.throw(
      EncodingError,
      "signed by",
    );
    envelope[42] = envelope[42]! ^ 1;
    const decoded = decodeMessage(envelope, CONTEXT);
    expect(messageSigner(decoded)).to.not.equal(decoded.message.sender);
  });

  const refused: Record<string, OracleBody> = {
    "a set out of order": proposal([`0x${"02".repeat(20)}`, `0x${"01".repeat(20)}`]),
    "a set with an oracle twice": proposal([`0x${"02".repeat(20)}`, `0x${"02".repeat(20)}`]),
    "a set beyond the largest": proposal(Array.from({ length: MAX_ORACLES + 1 }, (_, index) => toBeHex(index, 20))),
    "a value valid in its own round": { kind: "proposal", round: 3, validRound: 3, value: { type: "skip" } },
    "the round number that means none": { kind: "prevote", round: 0xffff_ffff, valueId: HASH },
    "a key in the request of a decision": { kind: "request", what: "decision", key: HASH },
    "a certificate with an oracle twice": {
      kind: "decision",
      round: 0,
      value: { type: "skip" },
      certificate: [1, 1].map(() => ({ oracle: CONTEXT.ledger, signature: new Uint8Array(65) })),
    },
  };
  for (const [what, body] of Object.entries(refused)) {
    it(`are not written with ${what}`, () => {
      expect(() => encodeMessage(CONTEXT, { ...HEADER, ...body })).to.throw(EncodingError);
    });
  }

  it("are not read with what is never written", () => {
    const skip = { type: "skip" } as const;
    const pair = proposal([`0x${"01".repeat(20)}`, `0x${"02".repeat(20)}`]);
    const bad: readonly [OracleBody, number, readonly number[]][] = [
      [pair, -104, Array<number>(20).fill(2)],
      [pair, -104, Array<number>(20).fill(3)],
      [{ kind: "proposal", round: 3, validRound: 2, value: skip }, -2, [3]],
      [{ kind: "proposal", round: 3, validRound: 2, value: skip }, -1, [2]],
      [{ kind: "precommit", round: 1, valueId: HASH }, -36, [0xff, 0xff, 0xff, 0xff]],
      [{ kind: "precommit", round: 1, valueId: HASH }, -36, [0x80]],
      [{ kind: "request", what: "decision", key: ZERO_HASH }, -1, [1]],
      [{ kind: "request", what: "leaves", key: HASH }, -33, [4]],
      [{ kind: "seal", reportHash: HASH }, -94, [2]],
    ];
    for (const [body, at, bytes] of bad) {
      const written = encodeMessage(CONTEXT, { ...HEADER, ...body });
      expect(decodeUnsigned(written, CONTEXT)).to.deep.equal({ ...HEADER, ...body });
      written.set(bytes, written.length + at);
      expect(() => decodeUnsigned(written, CONTEXT), body.kind).to.throw(EncodingError);
    }
  });

  it("are refused when a count promises more than follows, before anything is made of it", () => {
    const report = encodeMessage(CONTEXT, {
      ...HEADER,
      kind: "report",
      salt: HASH,
      subjectsHash: HASH,
      bytes: new Uint8Array(2),
    });
    report.set([0xff, 0xff, 0xff, 0xff], report.length - 6);
    expect(() => decodeUnsigned(report, CONTEXT)).to.throw(EncodingError);
    const set = encodeMessage(CONTEXT, { ...HEADER, ...proposal([CONTEXT.ledger]) });
    for (const count of [2, 64, 65, 0xffff]) {
      set.set([count >> 8, count & 0xff], set.length - 54);
      expect(() => decodeUnsigned(set, CONTEXT)).to.throw(EncodingError, "count");
    }
  });

  it("have hashes as the protocol page says", () => {
    const report: MessageOf<"report"> = {
      ...HEADER,
      kind: "report",
      salt: HASH,
      subjectsHash: ZERO_HASH,
      bytes: Uint8Array.of(1, 255),
    };
    const written = concat([
      "0x01",
      "0x02",
      toBeHex(8453, 8),
      CONTEXT.ledger,
      toBeHex(7, 8),
      toBeHex(2, 4),
      KEY.address,
      HASH,
      ZERO_HASH,
      "0x00000002",
      "0x01ff",
    ]);
    expect(hexlify(encodeMessage(CONTEXT, report))).to.equal(written);
    expect(reportHash(CONTEXT, report)).to.equal(keccak256(concat([toUtf8Bytes("R1/report/1"), written])));
    expect(hexlify(messageDigest(CONTEXT, report))).to.equal(keccak256(concat([toUtf8Bytes("R1/oracle/1"), written])));
    const skip = concat([toUtf8Bytes("R1/value/1"), toBeHex(7, 8), "0x00"]);
    expect(valueId(7n, { type: "skip" })).to.equal(keccak256(skip));
    const fields = { previousRoot: ZERO_HASH, root: HASH, dataHash: HASH, leafCount: 9n };
    const set = [{ oracle: CONTEXT.ledger, reportHash: HASH }];
    const packed = concat([
      toUtf8Bytes("R1/value/1"),
      toBeHex(7, 8),
      "0x01",
      ZERO_HASH,
      HASH,
      HASH,
      toBeHex(9, 8),
      "0x0001",
      CONTEXT.ledger,
      HASH,
    ]);
    expect(valueId(7n, { type: "reports", ...fields, set })).to.equal(keccak256(packed));
    expect(oracleTopic(8453n, "0xAB")).to.equal("r1/8453/oracle/0xab");
  });

  it("read as the shared vectors say", () => {
    const file = JSON.parse(readFileSync(new URL("../../../vectors/oracleMessages.json", import.meta.url), "utf8")) as {
      chainId: string;
      ledger: string;
      messages: {
        kind: string;
        envelope: string;
        digest: string;
        signer: string;
        sender: string;
        reportHash?: string;
        valueId?: string;
      }[];
    };
    const context = { chainId: BigInt(file.chainId), ledger: file.ledger };
    expect(new Set(file.messages.map(({ kind }) => kind)).size).to.equal(9);
    for (const vector of file.messages) {
      const decoded = decodeMessage(hexToBytes(vector.envelope), context);
      expect(decoded.message).to.include({ kind: vector.kind, sender: vector.sender });
      expect(bytesToHex(decoded.digest)).to.equal(vector.digest);
      expect(messageSigner(decoded)).to.equal(vector.signer);
      if (decoded.message.kind === "report") expect(reportHash(context, decoded.message)).to.equal(vector.reportHash);
      if ("value" in decoded.message)
        expect(valueId(decoded.message.epoch, decoded.message.value)).to.equal(vector.valueId);
    }
  });
});

function proposal(set: readonly string[]): OracleBody {
  const fields = { previousRoot: ZERO_HASH, root: HASH, dataHash: HASH, leafCount: 1n };
  const references = set.map((oracle) => ({ oracle, reportHash: HASH }));
  return { kind: "proposal", round: 0, validRound: undefined, value: { type: "reports", ...fields, set: references } };
}
