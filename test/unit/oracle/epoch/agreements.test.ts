import { expect } from "chai";

import type { Agreement } from "../../../../keepers/oracle/epoch/agreement.js";
import { Agreements } from "../../../../keepers/oracle/epoch/agreements.js";
import { decodeMessage, type DecodedOracleMessage, signMessage } from "../../../../keepers/protocol/oracleMessages.js";
import { keccak, SigningKey } from "../../../../keepers/protocol/signing.js";

const CONTEXT = { chainId: 31_337n, ledger: `0x${"1e".repeat(20)}` };
const KEY = new SigningKey(keccak(Buffer.from("an oracle")));

/** An agreement that notes what it is given, and whether it goes on. */
function noting(epoch: bigint, attempt: number) {
  const heard: DecodedOracleMessage[] = [];
  const state = { closed: false };
  const agreement = {
    config: { epoch, attempt, members: [KEY.address] },
    start: () => undefined,
    deliver: (decoded: DecodedOracleMessage) => void heard.push(decoded),
    close: () => {
      state.closed = true;
      return Promise.resolve();
    },
  } as unknown as Agreement;
  return { agreement, heard, state };
}

function vote(epoch: bigint, attempt: number): DecodedOracleMessage {
  const body = { kind: "prevote", round: 0, valueId: `0x${"ab".repeat(32)}` } as const;
  return decodeMessage(signMessage(KEY, CONTEXT, { ...body, epoch, attempt, sender: KEY.address }), CONTEXT);
}

/**
 * given agreements by epoch and attempt
 * ├── when a message is of a running one's attempt   it gets it
 * ├── when it is of an earlier attempt               nobody gets it, now or later
 * ├── when it is of a later attempt                  it waits for that one
 * └── when an attempt is over                        its agreements end, those of the present one stay
 */
describe("Agreements", () => {
  it("gives an agreement the messages of its attempt, and of no other", () => {
    const agreements = new Agreements();
    const { agreement, heard } = noting(7n, 2);
    agreements.open(agreement);
    const [mine, old, later] = [2, 1, 3].map((attempt) => vote(7n, attempt)) as [
      DecodedOracleMessage,
      DecodedOracleMessage,
      DecodedOracleMessage,
    ];
    const place = { epoch: 7n, attempt: 2 };
    for (const decoded of [mine, old, later]) agreements.deliver(decoded, place);
    expect(heard).to.deep.equal([mine]);
    expect(agreements.deliver(vote(7n, 1), place)).to.equal("wrong-attempt");
  });

  it("keeps what comes early for its attempt, and for its epoch", () => {
    const agreements = new Agreements();
    const place = { epoch: 7n, attempt: 1 };
    const early = [vote(7n, 2), vote(8n, 2), vote(7n, 1)] as const;
    for (const decoded of early) agreements.deliver(decoded, place);
    const first = noting(7n, 2);
    agreements.open(first.agreement);
    expect(first.heard).to.deep.equal([early[0]]);
    const second = noting(8n, 2);
    agreements.open(second.agreement);
    expect(second.heard).to.deep.equal([early[1]]);
    expect(agreements.waiting).to.equal(0);
  });

  it("ends those of other attempts", async () => {
    const agreements = new Agreements();
    const [old, present] = [noting(6n, 1), noting(7n, 2)];
    agreements.open(old.agreement);
    agreements.open(present.agreement);
    await agreements.endOthers(2);
    expect([old.state.closed, present.state.closed]).to.deep.equal([true, false]);
    expect(agreements.get(6n)).to.equal(undefined);
    expect(agreements.get(7n)).to.equal(present.agreement);
  });
});
