import { DeedKind } from "../keepers/protocol/deedId.js";

const LEDGER = `0x${"1e".repeat(20)}`;

/** The network of the simulation. */
export const CONTEXT = { chainId: 31337n, ledger: LEDGER };
export const DOMAIN = { chainId: CONTEXT.chainId, verifyingContract: LEDGER };
export const START_EPOCHS = { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 0n, [DeedKind.GENESIS]: 0n };
