import { ChainFollower, defaultChainFollowerOptions } from "../../keepers/chain/chainFollower.js";
import { defaultRpcReaderOptions, RpcReader } from "../../keepers/chain/rpcReader.js";
import { addressOf } from "../../keepers/chain/deployment.js";
import type { Clock } from "../../keepers/core/clock.js";
import type { Logger } from "../../keepers/core/logger.js";
import type { Random } from "../../keepers/core/random.js";
import { bytesToHex } from "../../keepers/protocol/bytes.js";
import { BrokerAccess, MAXIMUM_CREDENTIAL_SECONDS } from "../../keepers/oracle/dauth/brokerAccess.js";
import { noAdmin } from "../../keepers/oracle/dauth/brokerAdmin.js";
import { BrokerGate } from "../../keepers/oracle/dauth/brokerGate.js";
import { BrokerWatch } from "../../keepers/oracle/dauth/brokerWatch.js";
import { FollowedViews } from "../../keepers/oracle/dauth/followedViews.js";
import { commandTopic } from "../../keepers/protocol/nodeCommand.js";
import { type BrokerClient, EmbeddedBroker } from "../../keepers/transport/embeddedBroker.js";
import { matches } from "../../keepers/transport/topics.js";
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
const PASSWORD_BYTES = 24;

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

/** What a client that is no node and no oracle shows. */
export interface ServiceAccount {
  readonly username: string;
  readonly password: string;
}

export interface RunningBroker {
  readonly url: string;
  /** The Deeploy service's: it hears everything of its network, and relays commands. */
  readonly account: ServiceAccount;
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
  { protocol, clock, random, logger }: SideDependencies,
): Promise<RunningBroker> {
  const verifyingContract = addressOf(protocol.deployment, "NodeRegistry");
  const views = new FollowedViews({ follower });
  views.started();
  const access = new BrokerAccess(
    { domain: { chainId: protocol.chainId, verifyingContract }, maximumSeconds: MAXIMUM_CREDENTIAL_SECONDS },
    { standing: views, oracles: views, clock },
  );
  const gate = new BrokerGate({ access, clock });
  const account = { username: "deeploy", password: bytesToHex(random.bytes(PASSWORD_BYTES)) };
  const { authenticate, authorize } = withAccount(gate, account, protocol.chainId);
  const broker = await EmbeddedBroker.start(
    { port, maximumPacketBytes: MAXIMUM_PACKET_BYTES },
    { authenticate, authorize, logger },
  );
  const isUnwelcome = (client: BrokerClient): boolean =>
    client.username !== account.username && gate.isUnwelcome(client);
  const review = (): void => {
    gate.prune();
    broker.disconnect(isUnwelcome);
  };
  const admin = { ...noAdmin, review };
  const watch = new BrokerWatch({ everyMs: REVIEW_MS }, { admin, follower, clock });
  const close = (): Promise<void> => {
    watch.close();
    return broker.close();
  };
  return { url: broker.url, account, close };
}

/** The gate for everybody else. */
function withAccount(
  gate: BrokerGate,
  account: ServiceAccount,
  chainId: bigint,
): Pick<BrokerGate, "authenticate" | "authorize"> {
  const [all, commands] = [`r1/${chainId}/#`, commandTopic(chainId, "#")];
  return {
    authenticate: (client, password) =>
      client.username === account.username
        ? client.id === account.username && password === account.password
        : gate.authenticate(client, password),
    authorize: (client, action, topic) => {
      if (client.username !== account.username) return gate.authorize(client, action, topic);
      return action === "subscribe" ? topic.startsWith(all.slice(0, -1)) : matches(commands, topic);
    },
  };
}
