import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { type Connection, connect, openProtocol, type Protocol } from "./protocol.js";
import { type AccountSigner, chooseSigner, type SenderChoice } from "./signers.js";
import type { Terminal } from "./terminal.js";

/** Options of every task. */
export interface CommonArguments {
  readonly deployment: string | undefined;
  readonly json: boolean;
}

/** Options of every task that sends a transaction. */
export interface SenderArguments extends CommonArguments, SenderChoice {
  /** Check only. */
  readonly dryRun: boolean;
}

/** One run of a task: its connection, made when first needed, and its terminal. */
export class Session {
  readonly hre: HardhatRuntimeEnvironment;
  readonly terminal: Terminal;
  readonly #arguments: CommonArguments & Partial<SenderArguments>;
  #connection: Promise<Connection> | undefined;
  #protocol: Promise<Protocol> | undefined;
  #signer: Promise<AccountSigner> | undefined;

  constructor(
    options: CommonArguments & Partial<SenderArguments>,
    dependencies: { readonly hre: HardhatRuntimeEnvironment; readonly terminal: Terminal },
  ) {
    this.#arguments = options;
    this.hre = dependencies.hre;
    this.terminal = dependencies.terminal;
  }

  get dryRun(): boolean {
    return this.#arguments.dryRun ?? false;
  }

  connection(): Promise<Connection> {
    this.#connection ??= connect(this.hre, this.#usesNetworkAccounts());
    return this.#connection;
  }

  protocol(): Promise<Protocol> {
    this.#protocol ??= this.connection().then((connection) =>
      openProtocol(connection, this.hre, this.#arguments.deployment),
    );
    return this.#protocol;
  }

  signer(): Promise<AccountSigner> {
    const { from, key } = this.#arguments;
    this.#signer ??= this.connection().then((connection) => chooseSigner({ from, key }, connection, this.hre));
    return this.#signer;
  }

  /** Time of the latest block, Unix seconds: what the contracts go by. */
  async time(): Promise<bigint> {
    const { provider } = (await this.connection()).ethers;
    const block = await provider.getBlock("latest");
    return BigInt(block?.timestamp ?? 0);
  }

  #usesNetworkAccounts(): boolean {
    return "from" in this.#arguments && this.#arguments.key === undefined;
  }
}
