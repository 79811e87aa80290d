import { expect } from "chai";
import { Wallet } from "ethers";
import fc from "fast-check";

import { ContractError } from "../../../keepers/chain/errors.js";
import type { MinedReceipt } from "../../../keepers/chain/rpcSchemas.js";
import {
  defaultTransactionSenderOptions,
  TransactionSender,
  type TransactionSenderOptions,
} from "../../../keepers/chain/transactionSender.js";
import { errorCode } from "../../../keepers/core/errors.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { EpochLedger__factory } from "../../../typechain-types/index.js";
import { address, hash } from "./fakeChain.js";
import { FakeMempool } from "./fakeMempool.js";

const signer = new Wallet(hash(0x5eed));
const to = address(0xc0);
const call = (number: number) => ({ to, data: `0xca11${number.toString(16).padStart(4, "0")}` });

/** A transaction on its way: its end, however it ends. */
interface Sent {
  receipt?: MinedReceipt;
  error?: unknown;
  ended: boolean;
}

function setUp(overrides: Partial<TransactionSenderOptions> = {}) {
  const clock = new VirtualClock();
  const mempool = new FakeMempool(signer.address, clock);
  const { logger, entries } = memoryLogger(clock);
  const options = { ...defaultTransactionSenderOptions, chainId: 31_337, ...overrides };
  const sender = new TransactionSender(options, {
    client: mempool,
    signer,
    clock,
    random: new SeededRandom(1),
    logger,
  });
  const send = (number: number, signal?: AbortSignal): Sent => {
    const sent: Sent = { ended: false };
    void sender
      .send(`call ${number}`, call(number), signal)
      .then(
        (receipt) => (sent.receipt = receipt),
        (error: unknown) => (sent.error = error),
      )
      .finally(() => (sent.ended = true));
    return sent;
  };
  return { clock, mempool, sender, send, entries };
}

describe("TransactionSender", () => {
  it("sends with the account's nonce, a gas margin and both fees, and gives the receipt", async () => {
    const { clock, mempool, send } = setUp();
    mempool.mineStranger();
    const sent = send(1);
    await clock.advance(100);
    const { nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, type, chainId, data, from } = mempool.pending!;
    expect({ nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, type, chainId, data, from }).to.deep.equal({
      nonce: 1,
      gasLimit: 60_000n,
      maxFeePerGas: 2_016n,
      maxPriorityFeePerGas: 16n,
      type: 2,
      chainId: 31_337n,
      data: "0xca110001",
      from: signer.address,
    });
    mempool.mine();
    await clock.advance(1_000);
    expect(sent.receipt).to.deep.include({ status: 1, transactionHash: mempool.mined[1]!.hash, gasUsed: 21_000n });
  });

  it("sends one after the other, counting nonces itself", async () => {
    const { clock, mempool, send } = setUp();
    const sent = [1, 2, 3].map((number) => send(number));
    for (let round = 0; round < 6; round += 1) {
      await clock.advance(1_000);
      mempool.mine();
    }
    expect(sent.map(({ receipt }) => receipt?.status)).to.deep.equal([1, 1, 1]);
    expect(mempool.mined.map(({ data }) => data)).to.deep.equal([1, 2, 3].map((number) => call(number).data));
    expect(mempool.requests.filter((method) => method === "eth_getTransactionCount")).to.have.length(1);
  });

  it("waits for the confirmations it was told to, and again when the block goes", async () => {
    const { clock, mempool, send } = setUp({ confirmations: 3 });
    const sent = send(1);
    await clock.advance(100);
    mempool.mine();
    mempool.mine();
    await clock.advance(5_000);
    expect(sent.ended).to.equal(false);
    mempool.unmine();
    await clock.advance(40_000);
    expect(mempool.pending?.data).to.equal(call(1).data);
    for (let block = 0; block < 3; block += 1) mempool.mine();
    await clock.advance(1_000);
    expect(sent.receipt?.status).to.equal(1);
  });

  describe("a call that reverts", () => {
    const revertData = EpochLedger__factory.createInterface().encodeErrorResult("EpochLedger_NotLater", [1n, 2n]);

    it("is not sent when that shows before, and costs no nonce", async () => {
      const { clock, mempool, send } = setUp();
      Object.assign(mempool, { revertData, refuses: (data: string) => data === call(1).data });
      const [bad, good] = [send(1), send(2)];
      await clock.advance(100);
      expect(bad.error).to.be.instanceOf(ContractError).with.property("contractError", "EpochLedger_NotLater");
      expect(mempool.pending).to.deep.include({ nonce: 0, data: call(2).data });
      mempool.mine();
      await clock.advance(1_000);
      expect(good.receipt?.status).to.equal(1);
    });

    it("says why when it shows only once mined, and the next one goes on", async () => {
      const { clock, mempool, send } = setUp();
      Object.assign(mempool, { revertData, reverts: (data: string) => data === call(1).data });
      const [bad, good] = [send(1), send(2)];
      await clock.advance(100);
      mempool.mine();
      await clock.advance(1_000);
      expect(bad.error).to.be.instanceOf(ContractError).with.property("contractError", "EpochLedger_NotLater");
      mempool.mine();
      await clock.advance(1_000);
      expect(good.receipt?.status).to.equal(1);
    });
  });

  it("replaces a stuck transaction by one that pays an eighth more, with the same nonce", async () => {
    const { clock, mempool, send } = setUp();
    const sent = send(1);
    await clock.advance(100);
    const first = mempool.pending!;
    await clock.advance(31_000);
    const second = mempool.pending!;
    expect(second.nonce).to.equal(first.nonce);
    expect(second.data).to.equal(first.data);
    expect(second.maxFeePerGas).to.equal((first.maxFeePerGas! * 9n) / 8n);
    expect(second.maxPriorityFeePerGas).to.equal(18n);
    mempool.mine();
    await clock.advance(1_000);
    expect(sent.receipt?.transactionHash).to.equal(second.hash);
  });

  it("takes the receipt of the first when that is mined after all", async () => {
    const { clock, mempool, send } = setUp();
    const sent = send(1);
    await clock.advance(70_000);
    const [first, second] = mempool.accepted;
    expect(second!.nonce).to.equal(first!.nonce);
    mempool.mineReplaced(first!);
    await clock.advance(2_000);
    expect(sent.receipt?.transactionHash).to.equal(first!.hash);
    expect(mempool.mined).to.have.length(1);
  });

  it("follows a base fee that rises, up to its cap, and no further", async () => {
    const { clock, mempool, send } = setUp({ maximumFeePerGas: 5_000n });
    const sent = send(1);
    await clock.advance(100);
    mempool.baseFee = 2_400n;
    await clock.advance(31_000);
    expect(mempool.pending?.maxFeePerGas).to.equal(4_816n);
    mempool.baseFee = 9_000n;
    await clock.advance(120_000);
    expect(mempool.pending?.maxFeePerGas).to.equal(4_816n);
    mempool.baseFee = 4_000n;
    mempool.mine();
    await clock.advance(1_000);
    expect(sent.receipt?.status).to.equal(1);
  });

  it("hands in again what the node forgot, at the cap too", async () => {
    const { clock, mempool, send } = setUp({ maximumFeePerGas: 2_000n });
    const sent = send(1);
    await clock.advance(100);
    mempool.drop();
    await clock.advance(31_000);
    mempool.mine();
    await clock.advance(1_000);
    expect(sent.receipt?.status).to.equal(1);
  });

  it("gives up after its time, saying what may still happen; the next one takes the same nonce for more", async () => {
    const { clock, mempool, send } = setUp();
    const [first, second] = [send(1), send(2)];
    await clock.advance(340_000);
    expect(first.error).to.include({ code: "TRANSACTION_STUCK", retriable: true });
    expect((first.error as Error).message)
      .to.contain("call 1: not mined after")
      .and.contain("nonce 0");
    await clock.advance(1_000);
    expect(mempool.pending).to.deep.include({ nonce: 0, data: call(2).data });
    mempool.mine();
    await clock.advance(1_000);
    expect(second.receipt?.status).to.equal(1);
    expect(mempool.mined).to.have.length(1);
  });

  it("takes the next nonce when a stranger took its own, once it is sure", async () => {
    const { clock, mempool, send } = setUp();
    const sent = send(1);
    await clock.advance(100);
    mempool.mineStranger();
    await clock.advance(50_000);
    expect(mempool.pending).to.deep.include({ nonce: 1, data: call(1).data });
    mempool.mine();
    await clock.advance(1_000);
    expect(sent.receipt?.status).to.equal(1);
  });

  it("recovers when its count of nonces is behind", async () => {
    const { clock, mempool, send } = setUp();
    send(1);
    await clock.advance(100);
    mempool.mine();
    await clock.advance(2_000);
    mempool.mineStranger();
    const sent = send(2);
    await clock.advance(20_000);
    expect(mempool.pending).to.deep.include({ nonce: 2, data: call(2).data });
    mempool.mine();
    await clock.advance(1_000);
    expect(sent.receipt?.status).to.equal(1);
  });

  it("does not send again what was mined while the answer was lost and the receipt is late", async () => {
    const { clock, mempool, send } = setUp();
    mempool.receiptDelayMs = 35_000;
    let losses = 1;
    mempool.fault = (method) => {
      if (method !== "eth_sendRawTransaction" || losses === 0) return undefined;
      losses -= 1;
      queueMicrotask(() => mempool.mine());
      return "after";
    };
    const sent = send(1);
    await clock.advance(120_000);
    expect(sent.receipt?.status).to.equal(1);
    expect(mempool.mined).to.have.length(1);
  });

  it("says who cannot pay, and sends nothing", async () => {
    const { clock, mempool, send } = setUp();
    mempool.balanceIsEnough = false;
    const sent = send(1);
    await clock.advance(1_000);
    expect(sent.error).to.include({ code: "INSUFFICIENT_FUNDS", retriable: false });
    expect((sent.error as Error).message).to.contain(signer.address.toLowerCase());
  });

  it("rejects at once, retriable, when the chain is away before anything was sent", async () => {
    const { clock, mempool, send } = setUp();
    mempool.fault = () => "before";
    const sent = send(1);
    await clock.advance(60_000);
    expect(sent.error).to.include({ code: "RPC_FAILED", retriable: true });
  });

  it("goes on waiting when the chain goes away after something was sent", async () => {
    const { clock, mempool, send } = setUp();
    const sent = send(1);
    await clock.advance(100);
    mempool.fault = () => "before";
    mempool.mine();
    await clock.advance(100_000);
    expect(sent.ended).to.equal(false);
    mempool.fault = () => undefined;
    await clock.advance(20_000);
    expect(sent.receipt?.status).to.equal(1);
    expect(mempool.mined).to.have.length(1);
  });

  it("ends when its caller's signal aborts, and goes on with the next", async () => {
    const { clock, mempool, send } = setUp();
    const abort = new AbortController();
    const [first, second] = [send(1, abort.signal), send(2)];
    await clock.advance(100);
    abort.abort(new Error("enough"));
    await clock.advance(2_000);
    expect((first.error as Error).message).to.equal("enough");
    mempool.mine();
    await clock.advance(30_000);
    expect(second.receipt?.status).to.equal(1);
  });

  it("closes while something waits, twice without harm, leaving no timer", async () => {
    const { clock, mempool, sender, send } = setUp();
    const [first, second] = [send(1), send(2)];
    await clock.advance(100);
    await Promise.all([sender.close(), sender.close()]);
    expect([first, second].map(({ error }) => errorCode(error))).to.deep.equal(["CLOSING", "CLOSING"]);
    expect(errorCode(send(3).error ?? (await sender.send("late", call(3)).catch((error: unknown) => error)))).to.equal(
      "QUEUE_CLOSED",
    );
    expect(clock.pending).to.equal(0);
    expect(mempool.accepted).to.have.length(1);
  });

  it("property: whatever fails, every call that resolved was mined exactly once, and none twice", async () => {
    const property = fc.asyncProperty(fc.nat(), fc.double({ min: 0, max: 0.4, noNaN: true }), async (seed, rate) => {
      const { clock, mempool, sender, send } = setUp({ giveUpAfterMs: 3_600_000 });
      const random = new SeededRandom(seed);
      mempool.fault = () => (random.next() >= rate ? undefined : random.next() < 0.5 ? "before" : "after");
      mempool.receiptDelayMs = random.integer(60_000);
      const chain = (): void => {
        mempool.baseFee = BigInt(500 + random.integer(3_000));
        const chance = random.integer(10);
        if (chance === 0) mempool.mineStranger();
        else if (chance === 1) mempool.drop();
        else mempool.mine();
        clock.schedule(500 + random.integer(20_000), chain);
      };
      clock.schedule(0, chain);
      const sent = [1, 2, 3, 4].map((number) => send(number));
      await clock.advanceUntil(() => sent.every(({ ended }) => ended), 7_200_000);
      for (const [index, { receipt, error, ended }] of sent.entries()) {
        expect(ended).to.equal(true);
        const times = mempool.mined.filter(({ data }) => data === call(index + 1).data).length;
        expect(times, String(error)).to.equal(receipt === undefined ? 0 : 1);
        if (receipt === undefined) expect(errorCode(error)).to.equal("RPC_FAILED");
      }
      await sender.close();
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
