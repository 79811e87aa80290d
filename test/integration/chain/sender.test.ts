import { expect } from "chai";
import { Wallet } from "ethers";

import { ROLES } from "../../../deploy/modules/roles.js";
import { ContractError, decodeContractError } from "../../../keepers/chain/errors.js";
import type { MinedReceipt } from "../../../keepers/chain/rpcSchemas.js";
import { defaultTransactionSenderOptions, TransactionSender } from "../../../keepers/chain/transactionSender.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { deployProtocol } from "./development.js";

const far = 4_000_000_000n;
const person = 1;
/** The development network's first key, known to everybody. */
const firstKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

describe("sending to a real chain", () => {
  let parts: Awaited<ReturnType<typeof deployProtocol>>;
  let clock: VirtualClock;
  let sender: TransactionSender;

  beforeEach(async () => {
    parts = await deployProtocol();
    clock = new VirtualClock();
    sender = openSender(new Wallet(firstKey));
  });

  afterEach(async () => {
    await sender.close();
    parts.provider.destroy();
    await parts.connection.close();
  });

  function openSender(signer: Wallet): TransactionSender {
    const { provider: client, deployment } = parts;
    const options = { ...defaultTransactionSenderOptions, chainId: deployment.chainId };
    const { logger } = memoryLogger(clock);
    return new TransactionSender(options, { client, signer, clock, random: new SeededRandom(1), logger });
  }

  const rpc = (method: string, ...params: unknown[]): Promise<unknown> => parts.provider.send(method, params);

  async function approve(index: number, from: TransactionSender = sender): Promise<MinedReceipt> {
    const { operatorRegistry } = parts.contracts;
    const operator = parts.accounts[index]!.address;
    return from.send(`approve ${index}`, await operatorRegistry.approve.populateTransaction(operator, far, person));
  }

  /** Moves the sender's time on, a second at a time, while the chain does its work outside promises. */
  async function pass(seconds: number, done: () => boolean | Promise<boolean> = () => false): Promise<void> {
    for (let second = 0; second < seconds && !(await done()); second += 1) {
      await clock.advance(1_000);
      await rpc("eth_blockNumber");
    }
  }

  const pending = async (): Promise<{ nonce: string; maxFeePerGas: string; hash: string }[]> =>
    ((await rpc("eth_getBlockByNumber", "pending", true)) as { transactions: never[] }).transactions;

  it("sends many, each mined in its turn", async () => {
    const receipts = await Promise.all([1, 2, 3].map((index) => approve(index)));
    expect(receipts.map(({ status, logs }) => [status, logs.length])).to.deep.equal([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    for (const index of [1, 2, 3]) {
      expect(await parts.contracts.operatorRegistry.isApproved(parts.accounts[index]!.address)).to.equal(true);
    }
  });

  it("says in plain words why a call cannot be sent, and who may not", async () => {
    const call = await parts.contracts.operatorRegistry.unban.populateTransaction(parts.accounts[1]!.address);
    const error: unknown = await sender.send("unban", call).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ContractError);
    expect((error as ContractError).message).to.equal(`operator ${parts.accounts[1]!.address} is not banned`);
    const direct: unknown = await parts.contracts.operatorRegistry
      .connect(parts.accounts[2])
      .unban(parts.accounts[1]!.address)
      .catch((reason: unknown) => reason);
    expect(decodeContractError(direct)?.contractError).to.equal("AccessManagedUnauthorized");
  });

  it("says why a call reverted that looked good when it was sent", async () => {
    const { contracts, accounts } = parts;
    const rival = accounts[3]!;
    await (await contracts.accessManager.grantRole(ROLES.compliance, rival.address, 0)).wait();
    await rpc("evm_setAutomine", false);
    const target = accounts[1]!.address;
    let outcome: unknown;
    const sending = sender
      .send("ban", await contracts.operatorRegistry.ban.populateTransaction(target, "fraud"))
      .catch((error: unknown) => (outcome = error));
    await pass(60, async () => (await pending()).length === 1);
    const first = { maxPriorityFeePerGas: 50_000_000_000n, maxFeePerGas: 100_000_000_000n, gasLimit: 200_000n };
    await contracts.operatorRegistry.connect(rival).ban(target, "fraud", first);
    await rpc("evm_mine");
    await pass(30, () => outcome !== undefined);
    await sending;
    expect(outcome).to.be.instanceOf(ContractError).with.property("contractError", "OperatorRegistry_AlreadyBanned");
  });

  it("replaces a transaction that nobody mines, with the same nonce, and it is mined once", async () => {
    await rpc("evm_setAutomine", false);
    let receipt: MinedReceipt | undefined;
    const sending = approve(1).then((mined) => (receipt = mined));
    await pass(60, async () => (await pending()).length === 1);
    const [first] = await pending();
    await pass(120, async () => (await pending())[0]?.hash !== first!.hash);
    const replaced = await pending();
    expect(replaced).to.have.length(1);
    expect(replaced[0]!.nonce).to.equal(first!.nonce);
    expect(BigInt(replaced[0]!.maxFeePerGas) * 8n >= BigInt(first!.maxFeePerGas) * 9n).to.equal(true);
    await rpc("evm_mine");
    await pass(30, () => receipt !== undefined);
    await sending;
    expect(receipt).to.deep.include({ status: 1, transactionHash: replaced[0]!.hash });
  });

  it("recovers when something else was sent with its key", async () => {
    await approve(1);
    const stranger = openSender(new Wallet(firstKey));
    await approve(2, stranger);
    let receipt: MinedReceipt | undefined;
    const sending = approve(3).then((mined) => (receipt = mined));
    await pass(120, () => receipt !== undefined);
    await sending;
    expect(receipt?.status).to.equal(1);
    expect(await parts.contracts.operatorRegistry.isApproved(parts.accounts[3]!.address)).to.equal(true);
    await stranger.close();
  });

  it("says who cannot pay", async () => {
    const poor = new Wallet(Wallet.createRandom().privateKey);
    const from = openSender(poor);
    const error: unknown = await from
      .send("give", { to: parts.accounts[1]!.address, data: "0x" })
      .catch((reason: unknown) => reason);
    expect(error).to.include({ code: "INSUFFICIENT_FUNDS" });
    await from.close();
  });
});
