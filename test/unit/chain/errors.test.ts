import { expect } from "chai";
import { Interface, makeError } from "ethers";

import {
  AvailabilityRewards__factory,
  EpochLedger__factory,
  NodeDeedSale__factory,
  NodeRegistry__factory,
} from "../../../typechain-types/index.js";
import {
  ContractError,
  decodeContractError,
  decodeRevertData,
  explainContractError,
  knownErrors,
} from "../../../keepers/chain/errors.js";
import { errorSentences } from "../../../keepers/chain/errorSentences.js";
import { describeRpcError, isChainAnswer, rejectionOf } from "../../../keepers/chain/rpcErrors.js";
import { address } from "./fakeChain.js";

const ledger = EpochLedger__factory.createInterface();
const notLater = ledger.encodeErrorResult("EpochLedger_NotLater", [4n, 7n]);

/** Any value of a type, to see that each sentence copes with its error's own values. */
function sample(type: string): unknown {
  if (type === "address") return address(0xabc);
  if (type === "string") return "text";
  if (type.startsWith("bytes")) return `0x${"12".repeat(Number(type.slice(5) || 4))}`;
  return type.startsWith("tuple") ? [] : 1_800_000_000n;
}

describe("contract errors", () => {
  it("has a sentence for every error any of our contracts can raise, and none for others", () => {
    const names = new Set([...knownErrors.values()].map(({ name }) => name));
    expect([...names].filter((name) => errorSentences[name] === undefined)).to.deep.equal([]);
    expect(Object.keys(errorSentences).filter((name) => !names.has(name))).to.deep.equal([]);
    expect(names.size).to.be.greaterThan(100);
  });

  it("writes every sentence from the error's own values", () => {
    for (const fragment of knownErrors.values()) {
      const args = fragment.inputs.map(({ type }) => sample(type));
      const sentence = errorSentences[fragment.name]!(args);
      expect(sentence, fragment.name).to.match(/^\S.{5,}[^.\s]$|^text$/);
      expect(sentence, fragment.name).to.not.contain("undefined").and.not.contain("[object");
    }
  });

  const shapes: Record<string, unknown> = {
    "ethers' call exception": makeError("execution reverted", "CALL_EXCEPTION", {
      action: "call",
      data: notLater,
      reason: null,
      transaction: { to: address(1), data: "0x12345678" },
      invocation: null,
      revert: null,
    }),
    "a provider's error": { code: 3, message: "execution reverted", data: notLater },
    "a nested provider's error": { error: { code: -32603, message: "Internal error", data: { data: notLater } } },
    "an error that ethers could not make sense of": makeError("could not coalesce error", "UNKNOWN_ERROR", {
      error: { code: 3, message: "execution reverted", data: notLater },
    }),
    "a cause": new Error("outer", { cause: Object.assign(new Error("inner"), { data: notLater }) }),
  };
  for (const [what, error] of Object.entries(shapes)) {
    it(`finds it in ${what}`, () => {
      const decoded = decodeContractError(error)!;
      expect(decoded).to.be.instanceOf(ContractError);
      expect(decoded.contractError).to.equal("EpochLedger_NotLater");
      expect(decoded.args).to.deep.equal([4n, 7n]);
      expect(decoded.message).to.equal("epoch 4 is not after the last committed one, epoch 7");
      expect(decoded.retriable).to.equal(false);
      expect(isChainAnswer(error)).to.equal(true);
    });
  }

  it("shows amounts in R1, times as dates, deeds by their names", () => {
    const sale = NodeDeedSale__factory.createInterface();
    const wei = 1_500_000_000_000_000_000n;
    expect(decodeRevertData(sale.encodeErrorResult("NodeDeedSale_AboveMaximum", [wei, 10n ** 18n])).message).to.equal(
      "the price rose: it is 1.5 R1 now, more than the 1 R1 the buyer accepts",
    );
    const nodes = NodeRegistry__factory.createInterface();
    const tooSoon = nodes.encodeErrorResult("NodeRegistry_TooSoon", [(2n << 248n) | 12n, 1_700_000_000n]);
    expect(decodeRevertData(tooSoon).message).to.equal(
      "MND #12 can be associated again from 2023-11-14T22:13:20.000Z on",
    );
    const expired = nodes.encodeErrorResult("NodeRegistry_Expired", [2n ** 256n - 1n, 0n]);
    expect(decodeRevertData(expired).message).to.contain(`second ${2n ** 256n - 1n}`);
    const banned = AvailabilityRewards__factory.createInterface();
    const ownerBanned = banned.encodeErrorResult("AvailabilityRewards_OwnerBanned", [5n, address(1)]);
    expect(decodeRevertData(ownerBanned).message).to.contain("deed id 5");
  });

  it("shows require texts, panics, silence, and what it does not know", () => {
    const builtIn = new Interface(["error Error(string message)", "error Panic(uint256 code)", "error Else(uint8 a)"]);
    expect(decodeRevertData(builtIn.encodeErrorResult("Error", ["OLD"])).message).to.equal("OLD");
    expect(decodeRevertData(builtIn.encodeErrorResult("Panic", [17n])).message).to.contain("17");
    expect(decodeContractError({ code: "CALL_EXCEPTION", data: null })?.message).to.contain("without a reason");
    const unknown = builtIn.encodeErrorResult("Else", [1]);
    expect(decodeRevertData(unknown).message).to.contain(unknown);
    expect(decodeRevertData(notLater.slice(0, 40)).contractError).to.equal("Unknown");
  });

  it("finds none where there is none", () => {
    for (const error of [new Error("socket hang up"), undefined, "text", { data: "0x1234" }, { data: address(1) }]) {
      expect(decodeContractError(error)).to.equal(undefined);
      expect(explainContractError(error)).to.equal(error);
    }
  });
});

describe("rpc errors", () => {
  const rejections: [string, string | undefined][] = [
    ["nonce too low: next nonce 5, tx nonce 4", "NONCE_TOO_LOW"],
    ["Nonce too low. Expected nonce to be 5 but got 4.", "NONCE_TOO_LOW"],
    ["already known", "ALREADY_KNOWN"],
    ["Known transaction: 0x12", "ALREADY_KNOWN"],
    ["replacement transaction underpriced", "UNDERPRICED"],
    ["Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 5 is necessary", "UNDERPRICED"],
    ["max fee per gas less than block base fee: address 0x1", "UNDERPRICED"],
    ["Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 7", "UNDERPRICED"],
    ["insufficient funds for gas * price + value: balance 0", "INSUFFICIENT_FUNDS"],
    ["Sender doesn't have enough funds to send tx.", "INSUFFICIENT_FUNDS"],
    ["429 Too Many Requests", undefined],
    ["connect ECONNREFUSED 127.0.0.1:8545", undefined],
  ];
  for (const [message, rejection] of rejections) {
    it(`takes "${message}" for ${rejection ?? "a failure that may pass"}`, () => {
      const wrapped = makeError("could not coalesce error", "UNKNOWN_ERROR", { error: { code: -32000, message } });
      expect(rejectionOf(wrapped)).to.equal(rejection);
      expect(isChainAnswer(wrapped)).to.equal(rejection !== undefined);
    });
  }

  it("describes an error without its request", () => {
    const url = "https://rpc.example/v2/secret-key";
    const error = makeError("server response 401 Unauthorized", "SERVER_ERROR", {
      request: url,
      info: { requestUrl: url },
    });
    expect(error.message).to.contain("secret-key");
    expect(describeRpcError(error)).to.equal("server response 401 Unauthorized");
  });
});
