/** What can go wrong, beside the codes that a Deeploy service answers with (its OpenAPI document lists them). */
export type SdkErrorCode =
  /** The wallet cannot be used as it was given. */
  | "WALLET_UNUSABLE"
  /** Services, wallet or `escrow` are of different networks. */
  | "NETWORK_MISMATCH"
  /** No service answered. */
  | "SERVICE_UNREACHABLE"
  /** A service answered with something that makes no sense. */
  | "SERVICE_BROKEN"
  | "CLASS_UNKNOWN"
  | "SPEC_INVALID"
  | "INSUFFICIENT_BALANCE"
  /** The price is above `maxDeposit`. */
  | "ABOVE_MAXIMUM"
  /** The transaction was mined and failed, or was replaced. */
  | "TRANSACTION_FAILED"
  /** The app was not deployed yet. */
  | "NOT_DEPLOYED"
  /** It was deployed, and is not where it was waited for in time; waiting longer may help. */
  | "NOT_YET";

/** Everything that the SDK raises on purpose. */
export class SdkError extends Error {
  override readonly name = "SdkError";
  /** One of `SdkErrorCode`, or the code that a service answered with. */
  readonly code: string;
  /** Of a service's answer. */
  readonly status: number | undefined;

  constructor(code: SdkErrorCode | (string & {}), message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status;
  }
}
