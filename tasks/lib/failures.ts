import { decodeContractError } from "../../keepers/chain/errors.js";
import { describeRpcError, rejectionOf } from "../../keepers/chain/rpcErrors.js";
import { errorCode, KeeperError } from "../../keepers/core/errors.js";
import { explainRefusal } from "./hints.js";

/** How a task failed, for people and for scripts. */
export interface Failure {
  /** Upper-case code, or the name of the contract's error. */
  readonly code: string;
  readonly message: string;
}

const NETWORK_CODES = new Set(["NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT", "ECONNREFUSED"]);

/** The failure in one sentence; undefined for what nobody expected, which deserves its stack trace. */
export function failureOf(error: unknown): Failure | undefined {
  const refusal = decodeContractError(error);
  if (refusal !== undefined) return { code: refusal.contractError, message: explainRefusal(refusal) };
  if (error instanceof KeeperError) return { code: error.code, message: error.message };
  return rpcFailure(error);
}

function rpcFailure(error: unknown): Failure | undefined {
  const rejection = rejectionOf(error);
  if (rejection === "INSUFFICIENT_FUNDS") {
    return {
      code: rejection,
      message: "the sender cannot pay the gas: send it ETH, or choose another with --from or --key.",
    };
  }
  if (rejection !== undefined) return { code: rejection, message: `the network refused: ${describeRpcError(error)}` };
  const code = errorCode(error) ?? "";
  if (!NETWORK_CODES.has(code)) return undefined;
  return { code, message: `the network does not answer: ${describeRpcError(error)}. Is its RPC URL right?` };
}
