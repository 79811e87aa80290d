import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Why the gateway itself answers, instead of a job. */
export interface Refusal {
  readonly status: 400 | 404 | 501 | 502 | 503 | 504;
  readonly code: RefusalCode;
  readonly message: string;
}

export type RefusalCode =
  "REQUEST_INVALID" | "NOT_FOUND" | "JOB_NOT_HERE" | "JOB_NOT_READY" | "JOB_BUSY" | "JOB_UNREACHABLE" | "JOB_TIMEOUT";

const RETRY_SECONDS = "1";

/** Answers with `{code, message}`. Once a job's answer has begun, all that is left is to break it off. */
export function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (status === 503) response.setHeader("retry-after", RETRY_SECONDS);
  // What is left of the request's body is not waited for.
  if (!response.req.complete) response.setHeader("connection", "close");
  answerJson(response, status, { code, message });
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", Buffer.byteLength(text));
  response.setHeader("cache-control", "no-store");
  response.writeHead(status).end(text);
}

/** The same on a connection that asked to become a WebSocket. */
export function refuseUpgrade(socket: Duplex, { status, code, message }: Refusal): void {
  const text = `${JSON.stringify({ code, message })}\n`;
  const headers = ["content-type: application/json", `content-length: ${Buffer.byteLength(text)}`, "connection: close"];
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${headers.join("\r\n")}\r\n\r\n${text}`);
}

const HOST = /^[a-z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/iu;

/**
 * What two machines could read as two different requests, refused. Node's parser refuses the rest: a length together with
 * chunks, two lengths, folded headers, white space before a colon, and bare line feeds.
 */
export function checkRequest(request: IncomingMessage): Refusal | undefined {
  const { headersDistinct, url = "" } = request;
  const [host = "", ...others] = headersDistinct["host"] ?? [];
  if (!url.startsWith("/")) return invalid("a request names a path, not a URL");
  if (others.length > 0 || !HOST.test(host)) return invalid("a request names one host");
  return checkCoding(request);
}

function checkCoding({ headersDistinct, httpVersion }: IncomingMessage): Refusal | undefined {
  const codings = headersDistinct["transfer-encoding"];
  if (codings === undefined) return undefined;
  if (httpVersion === "1.0") return invalid("HTTP/1.0 knows no transfer coding");
  if (codings.join().toLowerCase() === "chunked") return undefined;
  return { status: 501, code: "REQUEST_INVALID", message: "the only transfer coding known here is chunked" };
}

function invalid(message: string): Refusal {
  return { status: 400, code: "REQUEST_INVALID", message };
}
