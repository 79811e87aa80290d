import { type Provider, concat, Interface } from "ethers";
import type { ProtocolContracts } from "../../chain/contracts.js";
import { describeRpcError, revertDataOf } from "../../chain/rpcErrors.js";
import { KeeperError } from "../../core/errors.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import type { ContractWallets } from "../requests/authenticator.js";
import type { EscrowReader } from "../views.js";

export interface ContractReaderDependencies {
  readonly contracts: Pick<ProtocolContracts, "jobEscrow" | "resourceCatalog">;
  readonly provider: Pick<Provider, "call">;
}

const ERC1271 = new Interface(["function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)"]);
const MAGIC = ERC1271.getFunction("isValidSignature")?.selector as string;

/** What has to be asked of the chain at the moment. Rejects with KeeperError `RPC_FAILED` (retriable) when it is away. */
export class ContractReader implements EscrowReader, ContractWallets {
  readonly #dependencies: ContractReaderDependencies;

  constructor(dependencies: ContractReaderDependencies) {
    this.#dependencies = dependencies;
  }

  async rightsOf(owner: Address, delegate: Address): Promise<number> {
    const rights = await asked("asking for a delegate's rights", () =>
      this.#dependencies.contracts.jobEscrow.rightsOf(owner, delegate),
    );
    return Number(rights ?? 0n);
  }

  async rateOf(classId: number, gpu: number): Promise<bigint | undefined> {
    return asked("asking for a price", () => this.#dependencies.contracts.resourceCatalog.rateOf(classId, gpu));
  }

  async isValidSignature(account: Address, digest: Hash, signature: string): Promise<boolean> {
    const data = ERC1271.encodeFunctionData("isValidSignature", [digest, signature]);
    const answer = await asked("asking a wallet about a signature", () =>
      this.#dependencies.provider.call({ to: account, data }),
    );
    // An account without code answers with nothing; a word, and zeros after the selector, are what the ABI has.
    return answer === concat([MAGIC, "0x" + "00".repeat(28)]);
  }
}

/** Undefined when the contract refuses to say. */
async function asked<T>(what: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (revertDataOf(error) !== undefined) return undefined;
    // The library's own error names the URL, which may hold a key: only its text goes on.
    throw new KeeperError("RPC_FAILED", `${what} failed: ${describeRpcError(error)}`, { retriable: true });
  }
}
