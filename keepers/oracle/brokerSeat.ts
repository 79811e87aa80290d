import type { ChainFollower } from "../chain/chainFollower.js";
import type { Clock } from "../core/clock.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import type { Secret } from "../core/secret.js";
import type { SigningDomain } from "../protocol/typedData.js";
import { MqttBus } from "../transport/mqttBus.js";
import { BrokerAccess, MAXIMUM_CREDENTIAL_SECONDS } from "./dauth/brokerAccess.js";
import { type BrokerAdmin, noAdmin } from "./dauth/brokerAdmin.js";
import { FollowedViews } from "./dauth/followedViews.js";
import { defaultMosquittoAdminOptions, MosquittoAdmin } from "./dauth/mosquittoAdmin.js";
import { RemoteAdmin } from "./dauth/remoteAdmin.js";

/** An oracle's part in saying who may use the broker. */
export interface BrokerSeat {
  readonly admin: BrokerAdmin;
  /** Whether this oracle itself administers the broker: it then watches the chain for it, and takes others' credentials. */
  readonly administers: boolean;
  /** What is asked of the chain; to be told when the follower has read it. */
  readonly views: FollowedViews;
}

export interface BrokerSeatConfig {
  readonly brokerUrl: string;
  readonly brokerAdminUsername: string | undefined;
  readonly brokerAdminPassword: Secret | undefined;
  readonly brokerAdminUrls: readonly string[];
}

export interface BrokerSeatDependencies {
  readonly domain: SigningDomain;
  readonly follower: Pick<ChainFollower, "view">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const ADMIN_BUS = {
  backoff: { baseMs: 500, maximumMs: 15_000 },
  keepaliveSeconds: 15,
  connectTimeoutMs: 10_000,
  outgoingLimit: 64,
  /** A page of the broker's client list. */
  maximumPayloadBytes: 4_194_304,
};
const REMOTE_TIMEOUT_MS = 5_000;

/**
 * With an administrator's name and password this oracle administers the broker at BROKER_URL, a Mosquitto with dynamic
 * security; with the URLs of others they do; with neither the broker checks credentials itself.
 */
export async function takeBrokerSeat(
  config: BrokerSeatConfig,
  dependencies: BrokerSeatDependencies,
): Promise<BrokerSeat> {
  const { clock } = dependencies;
  const views = new FollowedViews(dependencies);
  const { brokerAdminUsername: username, brokerAdminPassword: password, brokerAdminUrls: urls } = config;
  if (username !== undefined && password !== undefined) {
    const login = { username, password: password.reveal() };
    return { admin: await openMosquitto(config.brokerUrl, login, views, dependencies), administers: true, views };
  }
  const admin = urls.length > 0 ? new RemoteAdmin({ urls, timeoutMs: REMOTE_TIMEOUT_MS }, { clock }) : noAdmin;
  return { admin, administers: false, views };
}

function openMosquitto(
  url: string,
  login: { readonly username: string; readonly password: string },
  views: FollowedViews,
  { domain, clock, random, logger }: BrokerSeatDependencies,
): Promise<MosquittoAdmin> {
  const bus = new MqttBus(
    { ...ADMIN_BUS, url, clientId: login.username },
    { clock, random, logger, credentials: () => Promise.resolve(login) },
  );
  const access = new BrokerAccess(
    { domain, maximumSeconds: MAXIMUM_CREDENTIAL_SECONDS },
    { standing: views, oracles: views, clock },
  );
  return MosquittoAdmin.open({ ...defaultMosquittoAdminOptions, domain }, { access, bus, clock, random, logger });
}
