import { expect } from "chai";

import { KeeperError } from "../../../keepers/core/errors.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { Answering } from "../../../keepers/oracle/answering.js";
import { keccak, recoverCompact, SigningKey } from "../../../keepers/protocol/signing.js";
import { answerDigest } from "../../../keepers/protocol/typedData.js";

const KEY = new SigningKey(keccak(Buffer.from("an oracle")));
const DOMAIN = { chainId: 31_337n, verifyingContract: `0x${"0a".repeat(20)}` };
const RETRY_MS = 1_000;

/**
 * given an oracle that answers challenges
 * ├── when it is challenged          it answers once, with its own signature of the deadline
 * ├── when another one is            it says nothing
 * ├── when the transaction fails     it tries again until the chain shows no challenge
 * ├── when it was challenged while it was down   it answers at its start
 * └── when it is closed              it says nothing more
 */
describe("Answering", () => {
  let clock: VirtualClock;
  let deadlines: Map<string, number>;
  let sent: { readonly oracle: string; readonly signature: Uint8Array }[];
  let isDown: boolean;
  let listeners: Set<() => void>;
  let answering: Answering | undefined;

  beforeEach(() => {
    clock = new VirtualClock(0);
    deadlines = new Map();
    sent = [];
    isDown = false;
    listeners = new Set();
  });

  afterEach(() => answering?.close());

  function start(): void {
    const challenges = {
      deadlineOf: (oracle: string) => deadlines.get(oracle),
      onChange: (listener: () => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const sender = {
      answer: async (oracle: string, signature: Uint8Array) => {
        await clock.sleep(10);
        if (isDown) throw new KeeperError("RPC_FAILED", "connection refused", { retriable: true });
        sent.push({ oracle, signature });
        deadlines.delete(oracle);
      },
    };
    const { logger } = memoryLogger(clock);
    answering = new Answering({ key: KEY, domain: DOMAIN, retryMs: RETRY_MS }, { challenges, sender, clock, logger });
  }

  async function challenge(oracle: string, deadline: number): Promise<void> {
    deadlines.set(oracle, deadline);
    for (const listener of listeners) listener();
    await clock.advance(100);
  }

  it("answers with its own signature of the deadline, once", async () => {
    start();
    await challenge(KEY.address, 5_000);
    for (const listener of listeners) listener();
    await clock.advance(10 * RETRY_MS);
    expect(sent).to.have.length(1);
    const digest = answerDigest(DOMAIN, { oracle: KEY.address, deadline: 5_000n });
    expect(sent[0]?.oracle).to.equal(KEY.address);
    expect(recoverCompact(digest, sent[0]?.signature ?? new Uint8Array())).to.equal(KEY.address);
    await challenge(KEY.address, 9_000);
    expect(sent).to.have.length(2);
  });

  it("leaves others' challenges to them", async () => {
    start();
    await challenge(`0x${"0b".repeat(20)}`, 5_000);
    expect(sent).to.be.empty;
  });

  it("tries again until it is through", async () => {
    start();
    isDown = true;
    await challenge(KEY.address, 5_000);
    await clock.advance(3 * RETRY_MS);
    expect(sent).to.be.empty;
    isDown = false;
    await clock.advance(2 * RETRY_MS);
    expect(sent).to.have.length(1);
  });

  it("answers at its start what it was asked before", async () => {
    deadlines.set(KEY.address, 5_000);
    start();
    await clock.advance(100);
    expect(sent).to.have.length(1);
  });

  it("says nothing after its end", async () => {
    start();
    answering?.close();
    expect(listeners.size).to.equal(0);
    isDown = true;
    await challenge(KEY.address, 5_000);
    expect(sent).to.be.empty;
  });
});
