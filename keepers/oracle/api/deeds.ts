import { type DeedId, kindSymbol, parseDeedId, parseDeedName } from "../../protocol/deedId.js";
import { ApiError } from "../../core/http/apiError.js";

/** "ND:5": how the API writes a deed for people. */
export function deedLabel(deed: DeedId): string {
  const { kind, tokenId } = parseDeedId(deed);
  return `${kindSymbol(kind)}:${tokenId}`;
}

/** Reads `ND:5`, `ND-5` or a decimal DeedId. @throws ApiError 400 `DEED_INVALID` */
export function readDeed(text: string): DeedId {
  try {
    if (!/^\d{1,78}$/u.test(text)) return parseDeedName(text.replace("-", ":"));
    parseDeedId(BigInt(text));
    return BigInt(text);
  } catch {
    const shown = JSON.stringify(text.slice(0, 80));
    throw new ApiError(400, "DEED_INVALID", `got deed ${shown}, want ND:5, ND-5 or the deed's id in decimal digits`);
  }
}
