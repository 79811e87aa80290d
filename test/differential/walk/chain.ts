/** The contracts: transactions at a given second, and many reads with one call. */
import { type Interface, toQuantity } from "ethers";

import { networkHelpers, provider } from "../../helpers/protocol.js";
import type { ContractName } from "../model/state.js";
import type { View } from "../views/view.js";
import type { Step } from "./context.js";
import { type Answer, packCalls, unpackAnswers } from "./multicall.js";

export interface Deployed {
  readonly address: string;
  readonly interface: Interface;
}

const GAS = 16_000_000;
const VIEWS_AT_ONCE = 150;
const MOST_REMEMBERED = 20_000;
const PANIC = "0x4e487b71";

export class Chain {
  readonly #contracts: Readonly<Record<ContractName, Deployed>>;
  readonly #multicall: string;
  /** Names of errors by selector. */
  readonly #errors = new Map<string, string>();
  readonly #encoded = new Map<string, string>();

  constructor(contracts: Readonly<Record<ContractName, Deployed>>, multicall: string) {
    this.#contracts = contracts;
    this.#multicall = multicall;
    for (const { interface: each } of Object.values(contracts)) {
      each.forEachError(({ selector, name }) => this.#errors.set(selector, name));
    }
  }

  /** Mines a block at that second with this transaction. @return the name of the error that it reverted with */
  async send({ sender, contract, call, args }: Step, time: number): Promise<string | undefined> {
    const { address, interface: abi } = this.#contracts[contract]!;
    const data = abi.encodeFunctionData(call, args);
    await networkHelpers.time.setNextBlockTimestamp(time);
    try {
      const params = [{ from: sender, to: address, data, gas: toQuantity(GAS) }];
      await provider.request({ method: "eth_sendTransaction", params });
      return undefined;
    } catch (error) {
      return this.#nameOf(revertData(error));
    }
  }

  /** Mines a block at that second. */
  async wait(time: number): Promise<void> {
    await networkHelpers.time.increaseTo(time);
  }

  /** What the contracts say otherwise than expected, a line each. */
  async differences(views: readonly View[]): Promise<string[]> {
    const lines: string[] = [];
    for (let i = 0; i < views.length; i += VIEWS_AT_ONCE) {
      const some = views.slice(i, i + VIEWS_AT_ONCE);
      const results = await this.#read(some);
      some.forEach((each, j) => {
        const line = this.#difference(each, results[j]!);
        if (line !== undefined) lines.push(line);
      });
    }
    return lines;
  }

  async #read(views: readonly View[]): Promise<Answer[]> {
    const calls = views.map((each) => [this.#contracts[each.contract]!.address, this.#encodeCall(each)] as const);
    const params = [{ to: this.#multicall, data: packCalls(calls) }, "latest"];
    return unpackAnswers((await provider.request({ method: "eth_call", params })) as string);
  }

  #difference(each: View, { success, data }: Answer): string | undefined {
    const { contract, call, args, expected } = each;
    const isEqual = success ? data === this.#encodeResult(each) : this.#nameOf(data) === expected;
    if (isEqual) return undefined;
    const abi = this.#contracts[contract]!.interface;
    const actual = success ? show(abi.decodeFunctionResult(call, data).toArray(true)) : this.#nameOf(data);
    return `${contract}.${call}(${args.join()}): the contract says ${actual}, the model ${show(expected)}`;
  }

  #encodeCall({ contract, call, args }: View): string {
    return this.#remember(`${contract}.${call}(${args.join()})`, () =>
      this.#contracts[contract]!.interface.encodeFunctionData(call, args),
    );
  }

  /** Undefined for a refusal. */
  #encodeResult({ contract, call, expected }: View): string | undefined {
    if (typeof expected === "string") return undefined;
    return this.#remember(`${contract}.${call}=${show(expected)}`, () =>
      this.#contracts[contract]!.interface.encodeFunctionResult(call, expected),
    );
  }

  /** Most of what is read is the same after every step. */
  #remember(key: string, encode: () => string): string {
    const known = this.#encoded.get(key);
    if (known !== undefined) return known;
    if (this.#encoded.size > MOST_REMEMBERED) this.#encoded.clear();
    const encoded = encode();
    this.#encoded.set(key, encoded);
    return encoded;
  }

  #nameOf(data: string): string {
    if (data.startsWith(PANIC)) return `Panic(${Number(data.slice(-2) === "" ? 0 : `0x${data.slice(-2)}`)})`;
    return this.#errors.get(data.slice(0, 10)) ?? data;
  }
}

export function show(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? each.toString() : each));
}

/** What a transaction reverted with. @throws whatever is no revert */
function revertData(error: unknown): string {
  const { data, message } = error as { data?: unknown; message?: string };
  if (typeof data !== "string") throw new Error(`a transaction failed without a reason: ${message}`, { cause: error });
  return data;
}
