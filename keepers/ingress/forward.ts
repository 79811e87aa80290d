import { type Agent, type ClientRequest, type IncomingMessage, request as ask, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { Cancel, Clock } from "../core/clock.js";
import { errorCode } from "../core/errors.js";
import { type Refusal, refuse } from "./answers.js";
import { responseHeaders } from "./headers.js";
import type { Target } from "./routeTable.js";

/** The way from the gateway to a job's container. */
export interface Hop {
  readonly target: Target;
  readonly path: string;
  readonly headers: readonly string[];
  readonly agent: Agent;
  /** From the end of the request's headers to the answer's first byte. */
  readonly responseMs: number;
}

/** How a request ended; a metric label. */
export type ForwardOutcome = "answered" | "unreachable" | "timeout" | "cut";

export const UNREACHABLE: Refusal = {
  ...{ status: 502, code: "JOB_UNREACHABLE", message: "the job does not answer on its port" },
};
const TIMEOUT: Refusal = { status: 504, code: "JOB_TIMEOUT", message: "the job took too long to answer" };

/** Passes a request on and the answer back, both as streams. Resolves when it is over; never rejects. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  hop: Hop,
  clock: Clock,
): Promise<ForwardOutcome> {
  return new Exchange(request, response, hop, clock).run();
}

class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #hop: Hop;
  readonly #hasBody: boolean;
  readonly #cancelTimer: Cancel;
  readonly #outcome = Promise.withResolvers<ForwardOutcome>();
  #upstream: ClientRequest | undefined;
  #hasRetried = false;

  constructor(request: IncomingMessage, response: ServerResponse, hop: Hop, clock: Clock) {
    this.#request = request;
    this.#response = response;
    this.#hop = hop;
    this.#hasBody = hasBody(request);
    this.#cancelTimer = clock.schedule(hop.responseMs, () => this.#fail(TIMEOUT, "timeout"));
  }

  run(): Promise<ForwardOutcome> {
    this.#response.once("close", () => {
      this.#end(this.#response.writableFinished ? "answered" : "cut");
      this.#upstream?.destroy();
    });
    this.#send();
    return this.#outcome.promise;
  }

  #send(): void {
    const { target, path, headers, agent } = this.#hop;
    const upstream = ask({
      ...{ host: target.host, port: target.port, method: this.#request.method, path },
      ...{ headers: this.#hasBody ? [...headers, ...framing(this.#request)] : headers, setHost: false },
      // A body cannot be sent twice, so that it is not risked on a connection that may be about to close.
      agent: this.#hasBody ? false : agent,
    });
    this.#upstream = upstream;
    upstream.on("response", (answer) => this.#answer(answer));
    upstream.on("error", (error) => this.#broke(upstream, error));
    // Nobody asked for another protocol.
    upstream.on("upgrade", (_answer, socket) => {
      socket.destroy();
      this.#fail(UNREACHABLE, "unreachable");
    });
    if (this.#hasBody) this.#request.pipe(upstream);
    else upstream.end();
  }

  #answer(answer: IncomingMessage): void {
    this.#cancelTimer();
    const { statusCode = 502, statusMessage, rawHeaders } = answer;
    this.#response.writeHead(statusCode, statusMessage, responseHeaders(rawHeaders));
    // On an error it destroys both sides: the client sees an answer that breaks off, not one that looks whole.
    pipeline(answer, this.#response, () => undefined);
  }

  #broke(upstream: ClientRequest, error: unknown): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    const wasIdle = upstream.reusedSocket && errorCode(error) === "ECONNRESET";
    if (wasIdle && !this.#hasBody && !this.#hasRetried) {
      this.#hasRetried = true;
      this.#send();
    } else {
      this.#fail(UNREACHABLE, "unreachable");
    }
  }

  #fail(refusal: Refusal, outcome: ForwardOutcome): void {
    this.#end(outcome);
    this.#request.unpipe();
    refuse(this.#response, refusal);
    this.#upstream?.destroy();
  }

  #end(outcome: ForwardOutcome): void {
    this.#cancelTimer();
    this.#outcome.resolve(outcome);
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

/** Said outright: for some methods Node would send a body without saying where it ends. */
function framing({ headers }: IncomingMessage): string[] {
  return headers["transfer-encoding"] === undefined ? [] : ["transfer-encoding", "chunked"];
}
