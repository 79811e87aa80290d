import { ApiError } from "../../core/http/apiError.js";

/** A count out of a query string. @throws ApiError 400 `BAD_REQUEST` unless it is 1 to `largest` */
export function readCount(
  name: string,
  text: string | undefined,
  { fallback, largest }: { readonly fallback: number; readonly largest: number },
): number {
  const count = text === undefined ? fallback : Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= largest) return count;
  throw new ApiError(400, "BAD_REQUEST", `${name}: got ${String(text)}, want a number from 1 to ${largest}`);
}
