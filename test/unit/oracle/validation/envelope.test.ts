import { expect } from "chai";
import fc from "fast-check";
import { type EnvelopeRules, validateEnvelope } from "../../../../keepers/oracle/validation/envelope.js";
import { KIND_RULES } from "../../../../keepers/oracle/validation/registry.js";
import { SUBJECTS_MARGIN } from "../../../../keepers/oracle/validation/sizes.js";
import { MESSAGE_CODES } from "../../../../keepers/oracle/validation/verdict.js";
import { leafFileBytes } from "../../../../keepers/protocol/leafFile.js";
import { ORACLE_KINDS, type OracleKind } from "../../../../keepers/protocol/oracleBodies.js";
import { ENVELOPE_BYTES, oracleTopic, previewMessage } from "../../../../keepers/protocol/oracleMessages.js";
import type { SigningKey } from "../../../../keepers/protocol/signing.js";
import { CONTEXT } from "../../consensus/world.js";
import {
  anyBody,
  ATTEMPT,
  EPOCH,
  hashOf,
  largestBodies,
  ME,
  MEMBERS,
  OTHER,
  PEER,
  signed,
  STRANGER,
} from "./messages.js";

const LIMITS = { subjects: 5, leaves: 10 };
const BODIES = largestBodies(LIMITS.subjects + SUBJECTS_MARGIN, new Uint8Array(leafFileBytes(LIMITS.leaves)));

/** What came in under an oracle's own topic. */
function verdictOn(payload: Uint8Array, publisher: SigningKey = PEER, rules: Partial<EnvelopeRules> = {}) {
  return validateEnvelope(oracleTopic(CONTEXT.chainId, publisher.address), payload, {
    context: CONTEXT,
    me: ME.address,
    isOracle: (account) => MEMBERS.some(({ address }) => address === account),
    isOpen: ({ epoch, attempt }) => epoch <= EPOCH + 1n && attempt <= ATTEMPT + 1,
    limitsOf: () => LIMITS,
    admits: () => true,
    ...rules,
  });
}

function codeOf(...input: Parameters<typeof verdictOn>): string {
  const verdict = verdictOn(...input);
  if (verdict.outcome === "accept") return "accept";
  expect(verdict.outcome).to.equal(MESSAGE_CODES[verdict.code]);
  return verdict.code;
}

/** A longer one that has the same beginning; the signature is anybody's. */
function lengthened(payload: Uint8Array, bytes: number): Uint8Array {
  const longer = new Uint8Array(payload.length + bytes);
  longer.set(payload);
  return longer;
}

describe("envelope of an oracle message", () => {
  for (const kind of ORACLE_KINDS) {
    describe(kind, () => {
      const payload = signed(PEER, BODIES[kind]);

      it("is accepted at its largest, and not a byte longer", () => {
        expect(payload.length).to.equal(KIND_RULES[kind].maximumBytes(LIMITS));
        expect(codeOf(payload)).to.equal("accept");
        expect(codeOf(lengthened(payload, 1))).to.equal("oversized");
        expect(codeOf(lengthened(payload, 30_000_000))).to.equal("oversized");
      });

      it("is not read before its size, its publisher's share and its place are in order", () => {
        const broken = payload.slice();
        broken.fill(0xff, ENVELOPE_BYTES - 65);
        expect(codeOf(broken, PEER, { admits: () => false })).to.equal("flooding");
        expect(codeOf(broken, PEER, { isOpen: () => false })).to.equal("out-of-window");
        expect(codeOf(lengthened(broken, 9), PEER, { admits: () => false })).to.equal("oversized");
      });

      it("counts on this network, of an oracle, in an open epoch and attempt only", () => {
        const body = BODIES[kind];
        expect(codeOf(signed(PEER, body, {}, { ...CONTEXT, chainId: 1n }))).to.equal("wrong-chain");
        expect(codeOf(signed(PEER, body, {}, { ...CONTEXT, ledger: PEER.address }))).to.equal("wrong-ledger");
        expect(codeOf(signed(PEER, body, { epoch: EPOCH + 2n }))).to.equal("out-of-window");
        expect(codeOf(signed(PEER, body, { attempt: ATTEMPT + 2 }))).to.equal("out-of-window");
        expect(codeOf(signed(STRANGER, body), STRANGER)).to.equal("not-an-oracle");
        expect(codeOf(signed(STRANGER, body))).to.equal("not-an-oracle");
        expect(codeOf(payload, STRANGER), "passed on by a stranger").to.equal("not-an-oracle");
        expect(codeOf(signed(ME, body), PEER)).to.equal("own");
        expect(codeOf(payload, OTHER), "passed on by an oracle").to.equal("accept");
      });

      it("is forged when another signed it, or any byte of it changed", () => {
        const stolen = payload.slice();
        stolen.set(signed(OTHER, BODIES[kind]).subarray(-65), payload.length - 65);
        expect(codeOf(stolen)).to.equal("forged");
        fc.assert(
          fc.property(fc.nat(payload.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
            const mutated = payload.slice();
            mutated[at] = (mutated[at] as number) ^ change;
            expect(codeOf(mutated)).to.not.equal("accept");
          }),
          { numRuns: 300 },
        );
      });

      it("is malformed when it ends early", () => {
        fc.assert(
          fc.property(fc.nat(payload.length - 1), (length) => {
            // A shorter list at the end of a body would be another message, and its signature is not that message's.
            expect(codeOf(payload.slice(0, length))).to.be.oneOf(["malformed", "forged"]);
          }),
          { numRuns: 100 },
        );
      });
    });
  }

  it("never throws and never accepts arbitrary bytes, under any topic", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.string(), (bytes, topic) => {
        expect(codeOf(bytes)).to.equal("malformed");
        const rules = { isOracle: () => true, isOpen: () => true, limitsOf: () => LIMITS, admits: () => true };
        const verdict = validateEnvelope(topic, bytes, { context: CONTEXT, me: ME.address, ...rules });
        expect(verdict.outcome).to.equal("reject");
      }),
      { numRuns: 500 },
    );
  });

  it("never throws on arbitrary bytes behind a true beginning", () => {
    const kinds = fc.constantFrom<OracleKind[]>(...ORACLE_KINDS);
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 600 }), (kind, rest) => {
        const start = signed(PEER, BODIES[kind]).slice(0, ENVELOPE_BYTES - 65);
        const forged = new Uint8Array([...start, ...rest]);
        expect(codeOf(forged)).to.be.oneOf(["malformed", "forged", "oversized"]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("accepts whatever a member says in the right shape, and gives back what was said", () => {
    const roomy = { limitsOf: () => ({ subjects: 9, leaves: 10 }) };
    fc.assert(
      fc.property(anyBody, (body) => {
        const verdict = verdictOn(signed(PEER, body), PEER, roomy);
        expect(verdict).to.include({ outcome: "accept", kind: body.kind });
        const expected = { ...body, epoch: EPOCH, attempt: ATTEMPT, sender: PEER.address };
        if (verdict.outcome === "accept") expect(verdict.decoded.message).to.deep.equal(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("asks the gate for the publisher's share, whoever the message claims to be from", () => {
    const asked: unknown[][] = [];
    const admits = (...question: unknown[]) => asked.push(question) < 0;
    codeOf(signed(OTHER, BODIES.prevote), OTHER, { admits });
    codeOf(signed(OTHER, BODIES.leaves), PEER, { admits });
    expect(asked).to.deep.equal([
      [OTHER.address, "votes", false],
      [PEER.address, "files", true],
    ]);
  });

  it("previews exactly what begins like a message", () => {
    const payload = signed(PEER, { kind: "seal", reportHash: hashOf(1) });
    expect(previewMessage(payload)).to.deep.equal({
      ...CONTEXT,
      kind: "seal",
      epoch: EPOCH,
      attempt: ATTEMPT,
      sender: PEER.address,
    });
    expect(previewMessage(payload.slice(0, ENVELOPE_BYTES - 1))).to.equal(undefined);
    for (const code of [0, 10, 255])
      expect(previewMessage(Uint8Array.from(payload, (byte, i) => (i === 1 ? code : byte)))).to.equal(undefined);
    expect(previewMessage(Uint8Array.from(payload, (byte, i) => (i === 0 ? 2 : byte)))).to.equal(undefined);
  });
});
