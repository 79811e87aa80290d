import { z } from "zod";

/** How JSON-RPC writes a number. */
export function quantity(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** A hex quantity as bigint. */
export const hexBigint = z
  .string()
  .regex(/^0x[0-9a-fA-F]+$/, "want a hex number")
  .transform((text) => BigInt(text));

/** A hex quantity as number. */
export const hexNumber = hexBigint.transform(Number).pipe(z.int());

/** 32 bytes, lower-cased. */
export const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "want 32 bytes of hex")
  .transform((text) => text.toLowerCase());

/** A block as `eth_getBlockByNumber` gives it; it carries more. */
export const blockSchema = z.object({ number: hexNumber, hash, parentHash: hash, timestamp: hexNumber });

const logSchema = z.object({
  address: z.string(),
  topics: z.array(hash),
  data: z.string(),
  blockNumber: hexNumber,
  blockHash: hash,
  transactionHash: hash,
  logIndex: hexNumber,
  blockTimestamp: hexNumber.optional(),
});

/** A log of a mined transaction. */
export type RpcLog = z.infer<typeof logSchema>;

/** Answer of `eth_getLogs`. */
export const logsSchema = z.array(logSchema);

/** A receipt; it carries more. */
export const receiptSchema = z.object({
  transactionHash: hash,
  blockNumber: hexNumber,
  blockHash: hash,
  /** 1: it did what it should; 0: it reverted. */
  status: hexNumber,
  gasUsed: hexBigint,
  logs: z.array(z.object({ address: z.string(), topics: z.array(hash), data: z.string() })),
});

/** A mined transaction. */
export type MinedReceipt = z.infer<typeof receiptSchema>;
