import type { Result } from "ethers";

import type { EventBody } from "./chainEvent.js";

/** Makes an event of a log's fields. */
export type Read = (args: Result) => EventBody;

/** An address or a hash. */
export const lower = (value: unknown): string => (value as string).toLowerCase();
export const integer = (value: unknown): bigint => value as bigint;
export const numbers = (values: unknown): number[] => [...(values as Result)].map(Number);
