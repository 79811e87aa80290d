import { expect } from "chai";
import fc from "fast-check";
import { startEpoch } from "../../../../keepers/oracle/consensus/epoch.js";
import { transition } from "../../../../keepers/oracle/consensus/machine.js";
import type { EpochState, Transition } from "../../../../keepers/oracle/consensus/types.js";
import { validatePlace } from "../../../../keepers/oracle/validation/place.js";
import { KIND_RULES } from "../../../../keepers/oracle/validation/registry.js";
import { answerKey } from "../../../../keepers/oracle/validation/leaves.js";
import { type MessageCode, type Verdict } from "../../../../keepers/oracle/validation/verdict.js";
import type { LeavesView, RequestView, SubmissionView } from "../../../../keepers/oracle/validation/views.js";
import { bytesToHex } from "../../../../keepers/protocol/bytes.js";
import { LeafKind } from "../../../../keepers/protocol/leaf.js";
import { dataHash, encodeLeafFile, treeOf } from "../../../../keepers/protocol/leafFile.js";
import type { MessageOf, OracleHeader } from "../../../../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../../../../keepers/protocol/oracleValue.js";
import { compactSignature, keccak, type SigningKey } from "../../../../keepers/protocol/signing.js";
import type { EpochReport } from "../../../../keepers/protocol/typedData.js";
import { CONTEXT, epochConfig, observation, sealed } from "../../consensus/world.js";
import { anyBody, ATTEMPT, EPOCH, hashOf, ME, MEMBERS, OTHER, PEER, STRANGER } from "./messages.js";

const header = { epoch: EPOCH, attempt: ATTEMPT, sender: PEER.address } as const;

function codeOf(verdict: Verdict): MessageCode | "accept" {
  return verdict.outcome === "accept" ? "accept" : verdict.code;
}

describe("where a message belongs", () => {
  const config = epochConfig(MEMBERS, ME);
  const judge = (change: Partial<OracleHeader>) => codeOf(validatePlace({ ...header, ...change }, { config }));

  it("is the agreement of its epoch and attempt, if its sender is a member", () => {
    expect(judge({})).to.equal("accept");
    expect(judge({ sender: STRANGER.address })).to.equal("not-a-member");
    for (const epoch of [EPOCH - 1n, EPOCH + 1n]) expect(judge({ epoch })).to.equal("wrong-epoch");
    for (const attempt of [ATTEMPT - 1, ATTEMPT + 1]) expect(judge({ attempt })).to.equal("wrong-attempt");
  });
});

describe("what a signature is worth", () => {
  const digest = keccak(Buffer.from("the decided report"));
  const view: SubmissionView = { committed: EPOCH - 1n, next: EPOCH + 1n, digestOf: () => digest };
  const signature = (key: SigningKey, of = digest): MessageOf<"signature"> => ({
    ...{ ...header, kind: "signature", compact: compactSignature(key.sign(of)) },
    reportDigest: bytesToHex(of),
  });
  const judge = (message: MessageOf<"signature">, change: Partial<SubmissionView> = {}) =>
    codeOf(KIND_RULES.signature.validate(message, { ...view, ...change }));

  it("counts when it is the sender's own, of the decided report", () => {
    expect(judge(signature(PEER))).to.equal("accept");
    expect(judge(signature(OTHER))).to.equal("bad-signature");
    expect(judge({ ...signature(PEER), compact: new Uint8Array(64) })).to.equal("bad-signature");
    expect(judge(signature(PEER, keccak(Buffer.from("another"))))).to.equal("other-report");
  });

  it("is kept before the decision, and of no use after the commit or when nobody here waits for it", () => {
    const unknown = { digestOf: () => undefined };
    expect(judge(signature(OTHER), { ...unknown, next: EPOCH })).to.equal("accept");
    expect(judge(signature(PEER), unknown)).to.equal("too-late");
    expect(judge(signature(PEER), { committed: EPOCH })).to.equal("too-late");
  });
});

describe("what a request is worth", () => {
  const request: MessageOf<"request"> = { ...header, kind: "request", what: "leaves", key: hashOf(1) };
  const judge = (change: Partial<RequestView>) =>
    codeOf(
      KIND_RULES.request.validate(request, {
        holds: () => true,
        isAnswering: () => false,
        pendingOf: () => 0,
        ...change,
      }),
    );

  it("is answered once, by who can, and few at a time", () => {
    expect(judge({})).to.equal("accept");
    expect(judge({ holds: () => false })).to.equal("unknown-request");
    expect(judge({ isAnswering: () => true })).to.equal("duplicate");
    expect(judge({ pendingOf: (sender) => (sender === PEER.address ? 1 : 9) })).to.equal("accept");
    expect(judge({ pendingOf: (sender) => (sender === PEER.address ? 2 : 0) })).to.equal("flooding");
  });
});

describe("what a leaf file is worth", () => {
  const file = {
    ...{ ...CONTEXT, epoch: EPOCH, previousRoot: ZERO_HASH },
    entries: [1n, 2n, 3n].map((id) => ({ kind: LeafKind.AVAILABILITY, id, cumulative: 200n })),
  };
  const encoded = encodeLeafFile(file);
  const report: EpochReport = {
    ...{ epoch: EPOCH, previousRoot: ZERO_HASH, root: treeOf(file).root, dataHash: dataHash(encoded), leafCount: 3n },
  };
  const judge = (bytes: Uint8Array, view: Partial<LeavesView>, epoch = EPOCH) =>
    codeOf(
      KIND_RULES.leaves.validate(
        { ...header, epoch, kind: "leaves", file: bytes },
        { context: CONTEXT, wanted: new Map(), due: new Set<string>(), ...view },
      ),
    );
  const wanting = (change: Partial<EpochReport> = {}) => ({
    wanted: new Map([[report.dataHash, { report: { ...report, ...change } }]]),
  });

  it("counts when it is the one that the chain committed to", () => {
    expect(judge(encoded, wanting())).to.equal("accept");
    for (const change of [{ root: hashOf(1) }, { previousRoot: hashOf(1) }, { leafCount: 4n }, { epoch: EPOCH + 1n }]) {
      expect(judge(encoded, wanting(change)), Object.keys(change).join()).to.equal("not-the-file");
    }
  });

  it("is unwanted when nobody asked for it, whatever it is", () => {
    expect(judge(encoded, {})).to.equal("unwanted");
    expect(judge(encoded.slice(1), wanting())).to.equal("unwanted");
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => judge(bytes, wanting()) === "unwanted"));
  });

  it("is good to hear when this oracle was about to send it, of that epoch", () => {
    const due = new Set([answerKey(EPOCH, report.dataHash)]);
    expect(judge(encoded, { due })).to.equal("accept");
    expect(judge(encoded, { due }, EPOCH - 1n)).to.equal("unwanted");
  });
});

/** Codes after which more is known than before: who contradicts itself, and how far a member is. */
const TELLING: readonly MessageCode[] = ["equivocation", "round-too-far"];

describe("the consensus machine under fuzz", () => {
  const config = epochConfig(MEMBERS, ME);
  const begun = startEpoch(config, observation([1, 2, 3, 4, 5], "fuzz"));
  const speakers = fc.constantFrom(...MEMBERS, STRANGER);
  const epochs = fc.constantFrom(EPOCH, EPOCH, EPOCH, EPOCH, EPOCH - 1n, EPOCH + 1n);
  const words = fc.array(fc.tuple(speakers, anyBody, epochs), { maxLength: 40 });
  const timeouts = fc.constantFrom("sealing", "opening", "propose", "prevote", "precommit", "resend");

  it("never throws, and a refused message changes nothing but what it gives away", () => {
    fc.assert(
      fc.property(words, timeouts, (list, kind) => {
        let state: EpochState = begun.state;
        const step = (next: Transition) => (state = next.state);
        for (const [key, body, epoch] of list) {
          const before = state;
          const decoded = sealed(key, { ...body, epoch, attempt: ATTEMPT, sender: key.address });
          const next = transition(state, { type: "message", decoded });
          step(next);
          const codes = next.effects.flatMap((effect) => (effect.type === "reject" ? [effect.code] : []));
          const [code] = codes;
          expect(codes.length).to.be.at.most(2);
          if (code && !TELLING.includes(code) && !before.decision) expect(state, code).to.equal(before);
          if (key === STRANGER) expect(code).to.equal("not-a-member");
          else if (epoch !== EPOCH) expect(code).to.equal("wrong-epoch");
          step(transition(state, { type: "timeout", timeout: { kind, round: Math.max(0, state.round) } }));
        }
      }),
      { numRuns: 300 },
    );
  });
});
