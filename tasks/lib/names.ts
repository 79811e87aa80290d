import { getAddress, isAddress, ZeroAddress } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";
import { type DeedId, kindSymbol, parseDeedId, parseDeedName } from "../../keepers/protocol/deedId.js";

/** `ND:5`: as deeds are typed, so that what is printed can be pasted. */
export function deedName(deed: DeedId): string {
  const { kind, tokenId } = parseDeedId(deed);
  return `${kindSymbol(kind)}:${tokenId.toString()}`;
}

/** Reads `ND:5` and the like. @throws KeeperError `DEED_INVALID` */
export function parseDeed(text: string): DeedId {
  try {
    return parseDeedName(text);
  } catch (cause) {
    throw new KeeperError("DEED_INVALID", (cause as Error).message);
  }
}

/** Reads an address, with its checksum. @throws KeeperError `ADDRESS_INVALID`, the zero address included */
export function parseAddress(text: string, what: string): string {
  if (text.startsWith("0x") && isAddress(text) && getAddress(text) !== ZeroAddress) return getAddress(text);
  const wants = "an address: 0x and 40 hexadecimal digits, not all zero, checksum right when in mixed case";
  throw new KeeperError("ADDRESS_INVALID", `${what}: got ${JSON.stringify(text)}, want ${wants}`);
}
