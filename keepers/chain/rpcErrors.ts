import { maskUrls } from "../core/errors.js";

const maximumDepth = 6;
const maximumText = 500;

const nonceTooLow = /nonce (?:is )?too low|nonce has already been used|oldnonce/i;
const alreadyKnown = /already known|known transaction|already imported|alreadyknown/i;
const underpriced = /underpriced|fee too low|feetoolow|less than block base fee|too low for the next block/i;
const unfunded = /insufficient funds|doesn't have enough funds|insufficient balance/i;

/** How a node took a transaction that it did not simply accept. */
export type Rejection = "NONCE_TOO_LOW" | "ALREADY_KNOWN" | "UNDERPRICED" | "INSUFFICIENT_FUNDS";

/** Why a node refused a transaction; undefined when it is none of these (the connection failed, say). */
export function rejectionOf(error: unknown): Rejection | undefined {
  const text = textsOf(error).join("\n");
  if (alreadyKnown.test(text)) return "ALREADY_KNOWN";
  if (nonceTooLow.test(text)) return "NONCE_TOO_LOW";
  if (unfunded.test(text)) return "INSUFFICIENT_FUNDS";
  return underpriced.test(text) ? "UNDERPRICED" : undefined;
}

/**
 * The bytes a contract reverted with, wherever in the error a library put them; "0x" for a revert without a reason,
 * undefined when this is no revert.
 */
export function revertDataOf(error: unknown): string | undefined {
  const layers = layersOf(error);
  const data = layers.flatMap(({ data }) => (typeof data === "string" && isRevertData(data) ? [data] : []))[0];
  if (data !== undefined) return data;
  return layers.some(isRevert) ? "0x" : undefined;
}

/** Whether the chain itself said no: another try, or another server, would say the same. */
export function isChainAnswer(error: unknown): boolean {
  return revertDataOf(error) !== undefined || rejectionOf(error) !== undefined;
}

/** One line about an error of an RPC library, without the request and its URL. */
export function describeRpcError(error: unknown): string {
  const texts = [...new Set(textsOf(error))];
  return maskUrls(texts.at(-1) ?? String(error)).slice(0, maximumText);
}

interface Layer {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly shortMessage?: unknown;
  readonly data?: unknown;
  readonly error?: unknown;
  readonly info?: unknown;
  readonly cause?: unknown;
}

/** The error and what it wraps, outermost first. Libraries nest under `error`, `info`, `cause` and `data`. */
function layersOf(error: unknown, depth = 0): Layer[] {
  if (typeof error !== "object" || error === null || depth >= maximumDepth) return [];
  const layer = error as Layer;
  const inner = [layer.info, layer.error, layer.data, layer.cause];
  return [layer, ...inner.flatMap((part) => layersOf(part, depth + 1))];
}

/** The short message stands for the long one, which repeats the whole request. */
function textsOf(error: unknown): string[] {
  if (typeof error === "string") return [error];
  return layersOf(error).flatMap(({ shortMessage, message }) => {
    const text = typeof shortMessage === "string" ? shortMessage : message;
    return typeof text === "string" && text !== "" ? [text] : [];
  });
}

/** Four bytes of selector and whole words behind them, which raw transactions and addresses are not. */
function isRevertData(data: string): boolean {
  return /^0x[0-9a-fA-F]{8}(?:[0-9a-fA-F]{64})*$/.test(data);
}

function isRevert({ code, message }: Layer): boolean {
  return (
    code === "CALL_EXCEPTION" || code === 3 || (typeof message === "string" && /execution reverted/i.test(message))
  );
}
