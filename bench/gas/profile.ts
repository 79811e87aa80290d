import type { ContractTransactionReceipt } from "ethers";

import type { Chain } from "./chain.js";

/** A step of a transaction's execution: gas left before it, what it cost or forwarded, and how deep the call is. */
export interface Step {
  readonly op: string;
  readonly gas: number;
  readonly gasCost: number;
  readonly depth: number;
}

/** Gas spent on one kind of work. */
export interface Expense {
  readonly what: string;
  readonly count: number;
  readonly gas: number;
}

interface Frame {
  /** The step of this call that is under way, and the gas left before it. */
  step: Step;
  /** Gas that calls made by that step have used. */
  inner: number;
  readonly start: number;
}

const BASE = 21_000;
const CALLS = new Set(["CALL", "STATICCALL", "DELEGATECALL"]);
const COLD_ACCOUNT = 2600;
/** Calling the precompile that recovers a signer: 100 for the call, 3,000 for the work. */
const RECOVERY = 3100;
const COLD_SLOT = 2100;
const NEW_SLOT = 20_000;
const CHANGED_SLOT = 2900;

/** Where the gas of a mined transaction went, dearest first. The sum is the receipt's `gasUsed`. */
export async function profile(chain: Chain, receipt: ContractTransactionReceipt): Promise<readonly Expense[]> {
  const options = { disableMemory: true, disableStack: true, disableStorage: true };
  const { structLogs } = (await chain.provider.request({
    method: "debug_traceTransaction",
    params: [receipt.hash, options],
  })) as { structLogs: readonly Step[] };
  const { data } = await receipt.getTransaction();
  const expenses = [
    { what: "transaction", count: 1, gas: BASE },
    { what: "calldata", count: data.length / 2 - 1, gas: calldataGas(data) },
    ...summarise(structLogs),
  ];
  const spent = expenses.reduce((sum, { gas }) => sum + gas, 0);
  const refund = { what: "refund", count: 1, gas: Number(receipt.gasUsed) - spent };
  return [...expenses, refund].filter(({ gas }) => gas !== 0).sort((a, b) => b.gas - a.gas);
}

/** Gas of a transaction's data, 0x-prefixed: 4 for each zero byte, 16 for each other one. */
export function calldataGas(data: string): number {
  const bytes = Buffer.from(data.slice(2), "hex");
  return bytes.reduce((gas, byte) => gas + (byte === 0 ? 4 : 16), 0);
}

/** The steps' own cost by kind of work: what a call forwards counts where it is spent. */
export function summarise(steps: readonly Step[]): Expense[] {
  const kinds = new Map<string, { count: number; gas: number }>();
  const book = (op: string, gas: number) => {
    const what = kindOf(op, gas);
    const kind = kinds.get(what) ?? { count: 0, gas: 0 };
    kinds.set(what, { count: kind.count + 1, gas: kind.gas + gas });
  };
  const frames: Frame[] = [];
  for (const step of steps) {
    while (frames.length > step.depth) leave(frames, book);
    const frame = frames[step.depth - 1];
    if (!frame) frames.push({ step, inner: 0, start: step.gas });
    else {
      book(frame.step.op, frame.step.gas - step.gas - frame.inner);
      Object.assign(frame, { step, inner: 0 });
    }
  }
  while (frames.length > 0) leave(frames, book);
  return [...kinds].map(([what, kind]) => ({ what, ...kind }));
}

/** Ends the innermost call: its last step costs what it says, and the caller is charged for all of it. */
function leave(frames: Frame[], book: (op: string, gas: number) => void): void {
  const { step, start } = frames.pop() as Frame;
  book(step.op, step.gasCost);
  const caller = frames.at(-1);
  if (caller) caller.inner += start - (step.gas - step.gasCost);
}

function kindOf(op: string, gas: number): string {
  if (op === "SLOAD") return gas >= COLD_SLOT ? "read a cold slot" : "read a warm slot";
  if (op === "SSTORE") return kindOfWrite(gas);
  if (CALLS.has(op) && gas === RECOVERY) return "recover a signer";
  if (CALLS.has(op)) return gas >= COLD_ACCOUNT ? "call a cold account" : "call a warm account";
  if (op.startsWith("LOG")) return "log";
  if (op === "KECCAK256") return "keccak256";
  if (op.startsWith("EXTCODE")) return "read code";
  return "other computation";
}

function kindOfWrite(gas: number): string {
  if (gas >= NEW_SLOT) return "write a new slot";
  return gas >= CHANGED_SLOT ? "change a slot" : "change a slot again";
}
