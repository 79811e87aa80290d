import { ChainFollower, defaultChainFollowerOptions } from "../../keepers/chain/chainFollower.js";
import { defaultRpcReaderOptions, RpcReader } from "../../keepers/chain/rpcReader.js";
import { addressOf } from "../../keepers/chain/deployment.js";
import type { Clock } from "../../keepers/core/clock.js";
import type { Logger } from "../../keepers/core/logger.js";
import type { Random } from "../../keepers/core/random.js";
import { BrokerAccess, MAXIMUM_CREDENTIAL_SECONDS } from "../../keepers/oracle/dauth/brokerAccess.js";
import { EmbeddedAdmin } from "../../keepers/oracle/dauth/brokerAdmin.js";
import { BrokerGate } from "../../keepers/oracle/dauth/brokerGate.js";
import { BrokerWatch } from "../../keepers/oracle/dauth/brokerWatch.js";
import { FollowedViews } from "../../keepers/oracle/dauth/followedViews.js";
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
const REVIEW_MS = 1_000;

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

export interface RunningBroker {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The MQTT broker that lets in whom the chain lets in; a client that loses its right on chain, or whose credentials expire, is
 * cut off.
 * @param follower started
 */
export async function startBroker(
  port: number,
  follower: ChainFollower,
  { protocol, clock, logger }: SideDependencies,
): Promise<RunningBroker> {
  const verifyingContract = addressOf(protocol.deployment, "NodeRegistry");
  const views = new FollowedViews({ follower });
  views.started();
  const access = new BrokerAccess(
    { domain: { chainId: protocol.chainId, verifyingContract }, maximumSeconds: MAXIMUM_CREDENTIAL_SECONDS },
    { standing: views, oracles: views, clock },
  );
  const gate = new BrokerGate({ access, clock });
  const { authenticate, authorize } = gate;
  const broker = await EmbeddedBroker.start(
    { port, maximumPacketBytes: MAXIMUM_PACKET_BYTES },
    { authenticate, authorize, logger },
  );
  const admin = new EmbeddedAdmin({ broker, gate });
  const watch = new BrokerWatch({ everyMs: REVIEW_MS }, { admin, follower, clock });
  const close = (): Promise<void> => {
    watch.close();
    return broker.close();
  };
  return { url: broker.url, close };
}
