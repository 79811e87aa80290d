import { liveSeats } from "../../chain/jobSelectors.js";
import type { Lifecycle } from "../../core/lifecycle.js";
import type { OracleModules, OracleOptions } from "../options.js";
import { httpProbe, type Probe } from "../probing/httpProbe.js";
import { type Endpoints, Prober } from "../probing/prober.js";
import { QueuedProbe } from "../probing/queuedProbe.js";
import { PublishedEndpoints } from "../probing/publishedEndpoints.js";
import type { Assigning } from "./assigning.js";
import type { OracleStorage } from "./storage.js";

const EVERY_MS = 10_000;
const TIMEOUT_MS = 5_000;
/** With the time that a queue takes. */
const QUEUED_MS = 3 * TIMEOUT_MS;
const CONCURRENCY = 64;
const SPECS = { retryMs: 30_000, capacity: 65_536 };

/**
 * Begins to visit what jobs publish; undefined when nobody can tell where that is.
 * @param assigning hears what nodes say of themselves
 */
export function startProbing(
  { epochClock, probePrivate = false }: OracleOptions,
  modules: OracleModules,
  { services: slots }: Pick<OracleStorage, "services">,
  assigning: Pick<Assigning, "adverts"> | undefined,
  lifecycle: Lifecycle,
): Prober | undefined {
  const { follower, clock, logger } = modules;
  const endpoints = modules.endpoints ?? publishedEndpoints(modules, assigning);
  if (endpoints === undefined) return undefined;
  const everyMs = Math.min(EVERY_MS, (epochClock.slotSeconds * 1_000) / 2);
  const seats = () => liveSeats(follower.view.state, epochClock.epochAt(clock.now() / 1_000));
  const direct = httpProbe({ timeoutMs: TIMEOUT_MS, allowPrivate: probePrivate }, { clock });
  const probe = queued(direct, modules, lifecycle);
  const prober = new Prober(
    { everyMs, concurrency: CONCURRENCY },
    { seats, endpoints, probe, slots, epochClock, clock, logger },
  );
  lifecycle.onClose("probes", () => prober.close());
  prober.start();
  return prober;
}

/** By way of the queue, where there is one. */
function queued(probe: Probe, { probeQueue: queue, clock, random }: OracleModules, lifecycle: Lifecycle): Probe {
  if (queue === undefined) return probe;
  const visits = new QueuedProbe({ waitMs: QUEUED_MS }, { queue, probe, clock, random });
  lifecycle.onClose("queue of probes", () => visits.close());
  return visits.visit;
}

function publishedEndpoints(
  { follower, clock, logger, jobs }: OracleModules,
  assigning: Pick<Assigning, "adverts"> | undefined,
): Endpoints | undefined {
  if (jobs === undefined || assigning === undefined) return undefined;
  const { adverts } = assigning;
  const state = () => follower.view.state;
  return new PublishedEndpoints(SPECS, { state, adverts, fetchSpec: jobs.fetchSpec, clock, logger });
}
