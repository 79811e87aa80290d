import type { Lifecycle } from "../../core/lifecycle.js";
import { BrokerWatch } from "../dauth/brokerWatch.js";
import type { OracleModules } from "../options.js";

/** How long after its expiry a credential may still be used. */
const REVIEW_MS = 5_000;

/** Begins to cut off, from the broker that this oracle administers, whoever loses the right by the chain. */
export function startAdministering({ broker, follower, clock }: OracleModules, lifecycle: Lifecycle): void {
  if (broker === undefined) return;
  broker.views.started();
  if (!broker.administers) return;
  const watch = new BrokerWatch({ everyMs: REVIEW_MS }, { admin: broker.admin, follower, clock });
  lifecycle.onClose("broker watch", () => watch.close());
}
