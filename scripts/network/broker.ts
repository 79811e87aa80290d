import { ChainFollower, defaultChainFollowerOptions } from "../../keepers/chain/chainFollower.js";
import { defaultRpcReaderOptions, RpcReader } from "../../keepers/chain/rpcReader.js";
import { standingOf } from "../../keepers/chain/selectors.js";
import { addressOf } from "../../keepers/chain/deployment.js";
import type { Clock } from "../../keepers/core/clock.js";
import type { Logger } from "../../keepers/core/logger.js";
import type { Random } from "../../keepers/core/random.js";
import { BrokerAccess } from "../../keepers/oracle/dauth/brokerAccess.js";
import type { Address } from "../../keepers/protocol/bytes.js";
import { EmbeddedBroker } from "../../keepers/transport/embeddedBroker.js";
import type { Protocol } from "./protocol.js";

export interface SideDependencies {
  readonly protocol: Protocol;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const POLL_MS = 250;
const MAXIMUM_PACKET_BYTES = 1_048_576;
const MAXIMUM_CREDENTIAL_SECONDS = 7_200;

/** Follows the chain for the broker and for the live view; not started. */
export function makeFollower(
  retainSeconds: number,
  { protocol, clock, random, logger }: SideDependencies,
): ChainFollower {
  const { deployment, provider: client } = protocol;
  const reader = new RpcReader({ deployment, ...defaultRpcReaderOptions }, { client, clock, random, logger });
  const options = { ...defaultChainFollowerOptions, fromBlock: deployment.fromBlock, pollMs: POLL_MS, retainSeconds };
  return new ChainFollower(options, { reader, clock, random, logger });
}

/** The MQTT broker that lets in whom the chain lets in; a client that loses its right on chain is cut off. */
export async function startBroker(
  port: number,
  follower: ChainFollower,
  { protocol, clock, logger }: SideDependencies,
): Promise<EmbeddedBroker> {
  const verifyingContract = addressOf(protocol.deployment, "NodeRegistry");
  const standing = (node: Address) => standingOf(follower.view.state, node, follower.view.block.timestamp);
  const access = new BrokerAccess(
    { domain: { chainId: protocol.chainId, verifyingContract }, maximumSeconds: MAXIMUM_CREDENTIAL_SECONDS },
    {
      standing: { standingOf: standing },
      oracles: { oracles: () => follower.view.state.oracles.map(({ address }) => address) },
      clock,
    },
  );
  const { authenticate, authorize } = access;
  const broker = await EmbeddedBroker.start(
    { port, maximumPacketBytes: MAXIMUM_PACKET_BYTES },
    { authenticate, authorize, logger },
  );
  follower.subscribe(({ type }) => {
    if (type !== "event") broker.disconnect(access.isUnwelcome);
  });
  return broker;
}
