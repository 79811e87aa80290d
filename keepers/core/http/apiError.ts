import { KeeperError } from "../errors.js";

/** A failure to be told to the client as `{code, message}` with an HTTP status. */
export class ApiError extends KeeperError {
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message, { retriable: status === 429 || status >= 500 });
    this.name = "ApiError";
    this.status = status;
  }
}
