import { z } from "zod";

import { addressOf } from "../../../keepers/chain/deployment.js";
import { type DeedId, parseDeedId } from "../../../keepers/protocol/deedId.js";
import { type ContainerApp, createSession } from "../../../sdk/index.js";
import { r1, short } from "../amounts.js";
import { depositOf, JOB } from "../jobs/jobTerms.js";
import { until, type World } from "../world.js";
import { buyR1 } from "./market.js";

/** A job that was paid for. */
export interface Hired {
  readonly jobId: bigint;
  readonly app: ContainerApp;
}

const OFFERS_LIMIT_MS = 30_000;
/** After that time not all nodes have to be there, but one more than the job needs. */
const PATIENCE_MS = 3_000;
const ENOUGH = JOB.nodes + 1;
const SEEN_LIMIT_MS = 10_000;
const PORT = 8080;
const GREETING = "Hello from a sealed secret";
/** A page of what the container was given, served by busybox's own web server. */
const SCRIPT = `mkdir -p /srv && echo "$GREETING, on R1" > /srv/index.html && ` + `exec httpd -f -p ${PORT} -h /srv`;

/** A developer buys R1 and, with the SDK, pays for a job in one transaction. @param preferred deeds that shall serve it */
export async function hire(world: World, preferred: readonly DeedId[]): Promise<Hired> {
  const { narrator, cast, protocol, fleet } = world;
  narrator.chapter("A developer pays for a job");
  await offersAreKnown(world);
  const deposit = await depositOf(protocol.contracts);
  await buyR1(world, cast.developer, deposit);
  narrator.tell(
    `${short(cast.developer.address)} buys ${r1(deposit)}, the price of ${JOB.nodes} nodes for ${JOB.epochs} epochs`,
  );
  const escrow = addressOf(protocol.deployment, "JobEscrow");
  const session = await createSession({ wallet: cast.developer, endpoints: [fleet.deeployUrl], escrow });
  const app = session.createContainerApp({
    ...content(world, preferred),
    ...{ class: JOB.className, nodes: JOB.nodes, epochs: JOB.epochs },
  });
  const { jobId, specHash } = await app.deploy({ until: "created", pollMs: 100 });
  narrator.tell(`job ${jobId}: Deeploy keeps its specification ${short(specHash)}; the deposit came with a permit`);
  const { follower } = world;
  await until(world, `job ${jobId} seen on chain`, SEEN_LIMIT_MS, () => follower.view.state.jobs.has(jobId));
  return { jobId, app };
}

/** Pretended containers serve nothing, and what they publish would be visited in vain. */
function content({ containers }: World, preferred: readonly DeedId[]) {
  const placement = { preferred: preferred.map((deed) => Number(parseDeedId(deed).tokenId)) };
  const common = { name: "hello", image: containers.image, placement, secrets: { GREETING } };
  if (containers.kind === "none") return common;
  const health = { check: { type: "http", port: PORT, path: "/" }, everySeconds: 1 } as const;
  return { ...common, command: ["sh", "-c", SCRIPT], port: PORT, health };
}

const inventory = z.object({ total: z.number() });

async function offersAreKnown(world: World): Promise<void> {
  const { fleet, narrator, cast, signal, clock } = world;
  let total = 0;
  const look = async (): Promise<void> => {
    const answer = await fetch(`${fleet.deeployUrl}/nodes`, { signal }).then((response) => response.json());
    ({ total } = inventory.parse(answer));
  };
  const patientUntil = clock.now() + PATIENCE_MS;
  await until(world, "enough nodes offer what they have", OFFERS_LIMIT_MS, () => {
    look().catch(() => undefined);
    return total >= (clock.now() < patientUntil ? cast.operators.length : ENOUGH);
  });
  narrator.tell(`Deeploy at ${fleet.deeployUrl} knows ${total} nodes that take jobs`);
}
