import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

/** A development chain that this process serves on loopback. */
export interface EmbeddedChain {
  readonly url: string;
  /** Hardhat's own connection to it, for deployment and for the accounts of the development mnemonic. */
  readonly connection: NetworkConnection<"l1">;
  close(): Promise<void>;
}

/** A block a second, so that the chain's clock moves when nobody sends anything; transactions are mined at once. */
const BLOCK_INTERVAL_MS = 1_000;

/**
 * Blocks may share a second: otherwise each would be at least a second after the one before it, and the chain's clock would
 * run ahead of the machine's whenever several transactions come at once.
 *
 * @param port 0: any free one
 */
export async function startChain(port = 0): Promise<EmbeddedChain> {
  const override = { mining: { auto: true, interval: BLOCK_INTERVAL_MS }, allowBlocksWithSameTimestamp: true };
  const server = await network.createServer({ network: "hardhat", override }, "127.0.0.1", port);
  const { address, port: boundPort } = await server.listen();
  const url = `http://${address}:${boundPort}`;
  const connection = await network.create({ network: "localhost", chainType: "l1", override: { url } });
  await setClock(connection);
  return {
    url,
    connection,
    close: async () => {
      await connection.close();
      await server.close();
    },
  };
}

/** On a busy machine the chain's clock starts seconds behind, and would stay there: nodes would be associated before they are. */
async function setClock({ provider }: NetworkConnection<"l1">): Promise<void> {
  await provider.request({ method: "evm_setNextBlockTimestamp", params: [Math.ceil(Date.now() / 1_000)] });
  await provider.request({ method: "evm_mine" });
}
